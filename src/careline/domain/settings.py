"""What a workspace can set, with its defaults, read from the workspace's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from careline.domain.consent import plain
from careline.domain.words import Kind

_HOUR = 3_600_000
#: Nobody should wait longer for an answer because its author might change their mind.
LONGEST_UNDO_S = 30
UNDO_S = 5

#: Whole messages that mean "stop", folded; X's developer guidelines ask for an opt-out that is honoured at once.
STOP_WORDS = (
    "stop", "stopp", "unsubscribe", "opt out", "optout", "abmelden", "aufhören", "arrêt", "arrêter",
    "basta", "parar", "pare", "sair", "avsluta", "sluta", "berhenti",
)  # fmt: skip

REOPEN_HOURS = 72
HANDOFF_HOURS = 168


@dataclass(frozen=True, slots=True)
class StopWord:
    """A word of the company's own, and when it counted: what a message meant does not change when the list does.

    So consent stays a function of the messages, whenever they are read (law 1). `until_ms` None: it still counts.
    """

    word: str
    from_ms: int = 0
    until_ms: int | None = None

    def counts_at(self, at_ms: int) -> bool:
        """Whether it meant "stop" then."""
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """`reopen_ms`: how long after a resolve a message reopens it; `handoff_ms`: how long an invitation stays good.

    `signed`: the kinds of message that end with the agent's signature; `undo_send_ms`: how long an answer waits in the
    outbox so that it can be taken back.
    """

    reopen_ms: int = REOPEN_HOURS * _HOUR
    handoff_ms: int = HANDOFF_HOURS * _HOUR
    own_stop_words: tuple[StopWord, ...] = ()
    signed: frozenset[Kind] = frozenset()
    undo_send_ms: int = UNDO_S * 1000

    def stop_words_at(self, at_ms: int) -> tuple[str, ...]:
        """Ours, and the company's own of that time."""
        return STOP_WORDS + tuple(one.word for one in self.own_stop_words if one.counts_at(at_ms))

    @property
    def current_stop_words(self) -> tuple[str, ...]:
        """The company's own that still count."""
        return tuple(one.word for one in self.own_stop_words if one.until_ms is None)


def read_settings(raw: Mapping[str, Any]) -> WorkspaceSettings:
    """Settings from JSON: `reopen_hours`, `handoff_hours`, `stop_words` (added to the defaults).

    `signature`: true for posts, "all" for Direct Messages as well; `undo_send_s`: 0 to 30.
    A stop word is a string, which always counted, or a list of word, from and until (ms).
    """
    return WorkspaceSettings(
        reopen_ms=int(raw.get("reopen_hours", REOPEN_HOURS) * _HOUR),
        handoff_ms=int(raw.get("handoff_hours", HANDOFF_HOURS) * _HOUR),
        own_stop_words=tuple(_stop_word(one) for one in raw.get("stop_words", ())),
        signed=_SIGNED.get(raw.get("signature", False), frozenset()),
        undo_send_ms=min(max(int(raw.get("undo_send_s", UNDO_S)), 0), LONGEST_UNDO_S) * 1000,
    )


#: What `signature` may be, in the order in which a form offers it.
SIGNATURES: tuple[bool | str, ...] = (False, True, "all")
_SIGNED: dict[object, frozenset[Kind]] = {True: frozenset({Kind.POST}), "all": frozenset({Kind.POST, Kind.DM})}


def change_stop_words(before: Iterable[StopWord], wanted: Iterable[str], now_ms: int) -> list[list[Any]]:
    """The JSON after a change: what is no longer wanted ends now, what is new begins now, the past stays."""
    words = list(dict.fromkeys(word for word in map(plain, wanted) if word and word not in STOP_WORDS))
    kept = list(before)
    current = {one.word for one in kept if one.until_ms is None}
    after = [_ended(one, now_ms) if one.until_ms is None and one.word not in words else one for one in kept]
    after += [StopWord(word, now_ms) for word in words if word not in current]
    return [[one.word, one.from_ms, one.until_ms] for one in after]


def _ended(one: StopWord, now_ms: int) -> StopWord:
    return StopWord(one.word, one.from_ms, now_ms)


def _stop_word(raw: Any) -> StopWord:
    if isinstance(raw, str):
        return StopWord(plain(raw))
    word, from_ms, until_ms = raw
    return StopWord(str(word), int(from_ms), until_ms)
