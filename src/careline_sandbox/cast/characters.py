"""Who they are: each character is a few steps, and what leads from one to the next.

A step is something done; then its person waits for a cue. A cue that no `then` names changes nothing; a step without
`then` is the last. Times are in seconds at speed 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Cue(StrEnum):
    """What the brand did since: answered in public, answered with a link to a private message, wrote privately.

    Silence is that it did none of these while the patience lasted.
    """

    ANSWERED = "answered"
    INVITED = "invited"
    MESSAGED = "messaged"
    SILENCE = "silence"


class Deed(StrEnum):
    """What a step does.

    A reply goes to what the brand last answered this person, else under the first post; a quote quotes the brand's
    newest, a share the post that one joins; an edit gives the first post other words.
    """

    POST = "post"
    REPLY = "reply"
    QUOTE = "quote"
    SHARE = "share"
    DM = "dm"
    EDIT = "edit"
    DELETE = "delete"
    BLOCK = "block"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """`line`: the key of what is said. `then`: the next step by cue; silence comes after `patience` seconds."""

    deed: Deed
    line: str = ""
    picture: str = ""
    then: Mapping[Cue, str] = field(default_factory=dict)
    patience: float = 240


@dataclass(frozen=True, slots=True)
class Character:
    """`chorus`: how many others join the first post, and the line they say; `weight`: how often one of these comes.

    `spreads`: some of the chorus do not answer in the thread but show the post to their own followers.
    """

    name: str
    steps: Mapping[str, Step]
    chorus: int = 0
    chorus_line: str = ""
    spreads: bool = False
    weight: int = 2


_PRIVATELY = {Cue.INVITED: "write", Cue.MESSAGED: "thank_privately"}
_THANK = Step(Deed.DM, "thanks.private")

CHARACTERS = (
    Character(
        "lost_parcel",
        {
            "open": Step(
                Deed.POST, "parcel.open", then={**_PRIVATELY, Cue.ANSWERED: "wonder", Cue.SILENCE: "sharper"}
            ),
            "wonder": Step(
                Deed.REPLY, "parcel.wonder", then={**_PRIVATELY, Cue.ANSWERED: "thank", Cue.SILENCE: "leave"}
            ),
            "sharper": Step(
                Deed.REPLY, "parcel.sharper", then={**_PRIVATELY, Cue.ANSWERED: "wonder", Cue.SILENCE: "leave"}
            ),
            "write": Step(
                Deed.DM, "parcel.private", "parcel", {Cue.MESSAGED: "thank_privately", Cue.SILENCE: "still_there"}, 180
            ),
            "still_there": Step(Deed.DM, "still.private", then={Cue.MESSAGED: "thank_privately"}),
            "thank_privately": _THANK,
            "thank": Step(Deed.REPLY, "thanks.public"),
            "leave": Step(Deed.REPLY, "parcel.leave"),
        },
        weight=4,
    ),
    Character(
        "double_charge",
        {
            "open": Step(Deed.POST, "charge.open", then={**_PRIVATELY, Cue.ANSWERED: "ask", Cue.SILENCE: "sharper"}),
            "ask": Step(Deed.REPLY, "charge.ask", then={**_PRIVATELY, Cue.SILENCE: "sharper"}),
            "sharper": Step(Deed.REPLY, "charge.sharper", then={**_PRIVATELY, Cue.ANSWERED: "ask"}),
            "write": Step(Deed.DM, "charge.private", "receipt", {Cue.MESSAGED: "thank_privately"}),
            "thank_privately": _THANK,
        },
        weight=4,
    ),
    Character(
        "angry_traveller",
        {
            "open": Step(
                Deed.POST,
                "train.open",
                then={**_PRIVATELY, Cue.ANSWERED: "calmer", Cue.SILENCE: "sharper"},
                patience=150,
            ),
            "sharper": Step(
                Deed.REPLY, "train.sharper", "board", {**_PRIVATELY, Cue.ANSWERED: "calmer", Cue.SILENCE: "leave"}
            ),
            "calmer": Step(Deed.REPLY, "train.calmer", then=_PRIVATELY),
            "write": Step(Deed.DM, "train.private", then={Cue.MESSAGED: "thank_privately"}),
            "thank_privately": _THANK,
            "leave": Step(Deed.REPLY, "train.leave"),
        },
        chorus=5,
        chorus_line="train.chorus",
        spreads=True,
    ),
    Character(
        "fan",
        {
            "open": Step(Deed.POST, "fan.open", then={Cue.ANSWERED: "heart"}),
            "heart": Step(Deed.REPLY, "fan.heart"),
        },
    ),
    Character(
        "gives_too_much_away",
        {
            "open": Step(
                Deed.POST, "email.open", then={Cue.ANSWERED: "oops", Cue.INVITED: "oops", Cue.SILENCE: "ask"}
            ),
            "ask": Step(Deed.REPLY, "email.ask", then={Cue.ANSWERED: "oops", Cue.INVITED: "oops"}),
            "oops": Step(Deed.DELETE, then={Cue.SILENCE: "write"}, patience=20),
            "write": Step(Deed.DM, "email.private", then={Cue.MESSAGED: "thank_privately"}),
            "thank_privately": _THANK,
        },
    ),
    Character("spammer", {"open": Step(Deed.POST, "spam.open")}, weight=1),
    Character("promo_bot", {"open": Step(Deed.POST, "promo.open")}, weight=1),
    Character(
        "blocks_after_two",
        {
            "open": Step(Deed.POST, "block.open", then={Cue.INVITED: "write", Cue.MESSAGED: "enough"}),
            "write": Step(Deed.DM, "block.private", then={Cue.MESSAGED: "enough"}),
            "enough": Step(Deed.DM, "block.enough", then={Cue.MESSAGED: "gone"}),
            "gone": Step(Deed.BLOCK),
        },
        weight=1,
    ),
    Character(
        "outage",
        {
            "open": Step(
                Deed.POST, "outage.open", then={Cue.ANSWERED: "thank", Cue.INVITED: "thank", Cue.SILENCE: "sharper"}
            ),
            "sharper": Step(Deed.REPLY, "outage.sharper", then={Cue.ANSWERED: "thank"}),
            "thank": Step(Deed.REPLY, "thanks.public"),
        },
        chorus=9,
        chorus_line="outage.chorus",
        weight=1,
    ),
    Character(
        "only_quotes",
        {
            "open": Step(Deed.QUOTE, "quote.open", then={Cue.ANSWERED: "thank", **_PRIVATELY}),
            "write": Step(Deed.DM, "quote.private", then={Cue.MESSAGED: "thank_privately"}),
            "thank_privately": _THANK,
            "thank": Step(Deed.REPLY, "thanks.public"),
        },
    ),
    Character(
        "thinks_better",
        {
            "open": Step(
                Deed.POST, "solved.open", then={Cue.SILENCE: "take_back", Cue.ANSWERED: "thank"}, patience=120
            ),
            "take_back": Step(Deed.DELETE),
            "thank": Step(Deed.REPLY, "thanks.public"),
        },
        weight=1,
    ),
    Character(
        "corrects_it",
        {
            "open": Step(
                Deed.POST, "typo.open", then={**_PRIVATELY, Cue.ANSWERED: "thank", Cue.SILENCE: "correct"}, patience=45
            ),
            "correct": Step(Deed.EDIT, "typo.edit", then={**_PRIVATELY, Cue.ANSWERED: "thank"}, patience=900),
            "write": Step(Deed.DM, "typo.private", then={Cue.MESSAGED: "thank_privately"}),
            "thank_privately": _THANK,
            "thank": Step(Deed.REPLY, "thanks.public"),
        },
        weight=1,
    ),
    Character(
        "says_stop",
        {
            "open": Step(Deed.DM, "stop.open", then={Cue.MESSAGED: "stop"}),
            "stop": Step(Deed.DM, "stop.stop"),
        },
        weight=1,
    ),
)  # fmt: skip

_JOINED = {
    "write": Step(Deed.DM, "chorus.private", then={Cue.MESSAGED: "thank_privately"}),
    "thank_privately": _THANK,
    "thank": Step(Deed.REPLY, "thanks.public"),
}
_AS_ONE_OF_MANY = {Cue.ANSWERED: "thank", **_PRIVATELY}

#: What one of a chorus does: says its line in the thread of the first post, and thanks for an answer.
CHORUS = Character("chorus", {"open": Step(Deed.REPLY, then=_AS_ONE_OF_MANY, patience=1800), **_JOINED})
#: The same for one who shows the post around.
SHARER = Character("sharer", {"open": Step(Deed.SHARE, then=_AS_ONE_OF_MANY, patience=1800), **_JOINED})
#: Who had written before the demo began (`past`), and waits for as long as it takes.
EARLIER = Character(
    "earlier",
    {
        "open": Step(Deed.NOTHING, then={Cue.ANSWERED: "thank", **_PRIVATELY}, patience=1e9),
        "write": Step(Deed.DM, "chorus.private", then={Cue.MESSAGED: "thank_privately"}),
        "thank_privately": _THANK,
        "thank": Step(Deed.REPLY, "thanks.public"),
    },
)
OTHERS = (CHORUS, SHARER, EARLIER)
BY_NAME = {one.name: one for one in (*CHARACTERS, *OTHERS)}
