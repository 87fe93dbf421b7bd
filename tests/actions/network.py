"""Facts as a network would tell them, short to write in a test. Times are ms after `support.clock.MORNING_MS`."""

from __future__ import annotations

from itertools import count
from typing import Any

from careline.actions.receive import Receipt, Received, receive
from careline.domain.facts import DmSeen, Fact, Gone, Media, Parsed, PostSeen, Profile
from support.clock import MORNING_MS

_seq = count(1)


def told(*facts: Fact, account_id: str | None = None, seq: int | None = None) -> Received:
    """One event with these facts; authors get a profile made from their id."""
    people = {fact.author_id if isinstance(fact, PostSeen) else fact.sender_id for fact in facts if _has_author(fact)}
    profiles = tuple(Profile(one, f"user{one}", f"User {one}") for one in sorted(people))
    return Received(next(_seq) if seq is None else seq, Parsed(account_id, facts, profiles))


def _has_author(fact: Fact) -> bool:
    return isinstance(fact, PostSeen | DmSeen)


def post(id_: int, author: str, text: str = "Where is my parcel?", **fields: Any) -> PostSeen:
    """A post made at `id_` ms; in a thread of its own unless `root` says otherwise."""
    reply_to = fields.pop("reply_to", None)
    return PostSeen(
        id=str(id_),
        author_id=author,
        text=text,
        created_ms=MORNING_MS + fields.pop("at", id_),
        root_id=str(fields.pop("root", reply_to or id_)),
        reply_to_id=str(reply_to) if reply_to else None,
        mentions=tuple(fields.pop("mentions", ())),
        media=tuple(Media(key, "photo", f"https://pbs.example/{key}") for key in fields.pop("pictures", ())),
        **fields,
    )


def dm(id_: int, sender: str, recipient: str, text: str = "My number is 4711", **fields: Any) -> DmSeen:
    """A private message made at `id_` ms."""
    media = tuple(Media(key, "photo", f"https://ton.example/{key}") for key in fields.pop("pictures", ()))
    return DmSeen(str(id_), sender, recipient, text, MORNING_MS + fields.pop("at", id_), media, **fields)


def gone(id_: int, kind: str = "post") -> Gone:
    """Taken away by its author."""
    return Gone(kind, str(id_))


def hear(desk: Any, workspace: Any, *facts: Fact, account_id: str | None = None) -> Receipt:
    """Receive each fact as an event of its own, in one batch."""
    return receive(desk, workspace.id, [told(fact, account_id=account_id) for fact in facts])
