"""What happened, in order: the append-only list that deliveries are made from.

A row is written in the transaction of the change that it tells of, so nothing happens unseen and nothing is
told that did not happen.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

Kind = Literal["post.create", "post.delete", "dm.create", "dm.delete", "dm.read", "dm.typing", "block", "unblock"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One change. ``actor_id`` did it to ``subject_id`` (a post, a DM or a person).

    ``other_id`` is the other person where there is one (a DM's recipient, a deleted post's none); of typing,
    which is about no message yet, the recipient is both.
    ``visible_at_ms`` may lie ahead of ``at_ms``: until then nobody may be told.
    """

    seq: int
    at_ms: int
    visible_at_ms: int
    kind: Kind
    actor_id: int
    subject_id: int
    other_id: int | None


def append(
    connection: sqlite3.Connection,
    kind: Kind,
    *,
    at_ms: int,
    actor_id: int,
    subject_id: int,
    other_id: int | None = None,
    visible_at_ms: int | None = None,
) -> None:
    """Add one happening to the transaction that is under way."""
    connection.execute(
        "INSERT INTO happenings (at_ms, visible_at_ms, kind, actor_id, subject_id, other_id) VALUES (?, ?, ?, ?, ?, ?)",
        (at_ms, at_ms if visible_at_ms is None else visible_at_ms, kind, actor_id, subject_id, other_id),
    )


def last_typed(connection: sqlite3.Connection, *, typist_id: int, reader_id: int, since_ms: int) -> int | None:
    """When somebody last typed to another after ``since_ms``, unless a message has come of it."""
    row = connection.execute(
        "SELECT kind, at_ms FROM happenings WHERE at_ms >= ? AND kind IN ('dm.typing', 'dm.create')"
        " AND actor_id = ? AND other_id = ? ORDER BY seq DESC LIMIT 1",
        (since_ms, typist_id, reader_id),
    ).fetchone()
    return int(row["at_ms"]) if row and row["kind"] == "dm.typing" else None


def after(connection: sqlite3.Connection, seq: int, limit: int = 200) -> list[Happening]:
    """At most ``limit`` happenings that follow ``seq``, oldest first."""
    rows = connection.execute("SELECT * FROM happenings WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
    return [Happening(**dict(row)) for row in rows]


def first_since(connection: sqlite3.Connection, at_ms: int) -> int:
    """The seq to hand to ``after`` so that it starts with the first happening at or after ``at_ms``."""
    row = connection.execute("SELECT min(seq) FROM happenings WHERE at_ms >= ?", (at_ms,)).fetchone()
    if row[0] is not None:
        return int(row[0]) - 1
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM happenings").fetchone()[0])
