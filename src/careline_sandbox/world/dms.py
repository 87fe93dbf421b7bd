"""Private messages between two people, each side's view of them, and who has started with whom.

A deletion hides a message from the one who deleted it; the other side keeps theirs. (What v2 does for the other
side is not documented; v1.1 worked so: x-platform 1.1.)
"""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from careline_sandbox.world import happenings


def conversation_id(one: int, other: int) -> str:
    """X's id of a 1-1 conversation: both people's ids, the smaller first."""
    return f"{min(one, other)}-{max(one, other)}"


def add(
    connection: sqlite3.Connection,
    *,
    dm_id: int,
    sender_id: int,
    recipient_id: int,
    text: str,
    entities: dict[str, Any],
    at_ms: int,
    media_id: int | None = None,
    shared_post_id: int | None = None,
    app_id: int | None = None,
    visible_at_ms: int | None = None,
) -> str:
    """Write one message and that it happened; returns the conversation's id."""
    pair = conversation_id(sender_id, recipient_id)
    visible = at_ms if visible_at_ms is None else visible_at_ms
    connection.execute(
        "INSERT INTO dms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(dm_id, pair, sender_id, recipient_id, text, json.dumps(entities)),
            *(media_id, shared_post_id, app_id, at_ms, visible),
        ),
    )
    happenings.append(
        connection,
        "dm.create",
        at_ms=at_ms,
        actor_id=sender_id,
        subject_id=dm_id,
        other_id=recipient_id,
        visible_at_ms=visible,
    )
    return pair


def raw(connection: sqlite3.Connection, dm_id: int) -> sqlite3.Row | None:
    """The message's row, whoever asks."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM dms WHERE id = ?", (dm_id,)).fetchone()
    return row


def delete(connection: sqlite3.Connection, dm_id: int, *, person_id: int, at_ms: int) -> None:
    """Hide a message from one of its two people. Again is harmless."""
    done = connection.execute("INSERT OR IGNORE INTO dm_deletions VALUES (?, ?)", (dm_id, person_id))
    if done.rowcount:
        happenings.append(connection, "dm.delete", at_ms=at_ms, actor_id=person_id, subject_id=dm_id)


def mark_read(connection: sqlite3.Connection, *, dm_id: int, reader_id: int, at_ms: int) -> None:
    """Tell the sender's side that a message was read.

    Raises LookupError if there is no such message to this reader.
    """
    row = raw(connection, dm_id)
    if row is None or row["recipient_id"] != reader_id:
        raise LookupError(f"there is no message {dm_id} to {reader_id}")
    happenings.append(
        connection,
        "dm.read",
        at_ms=at_ms,
        actor_id=reader_id,
        subject_id=dm_id,
        other_id=row["sender_id"],
    )


def has_written(connection: sqlite3.Connection, *, sender_id: int, recipient_id: int) -> bool:
    """Whether sender ever wrote to recipient."""
    row = connection.execute(
        "SELECT 1 FROM dms WHERE conversation_id = ? AND sender_id = ? LIMIT 1",
        (conversation_id(sender_id, recipient_id), sender_id),
    ).fetchone()
    return row is not None


@dataclass(frozen=True, slots=True)
class Span:
    """A page of messages, newest first: ids between ``after`` and ``before``, made at or after ``from_ms``.

    With ``upwards`` the ``limit`` next above ``after`` are meant rather than the newest.
    """

    limit: int
    from_ms: int
    after: int = 0
    before: int = 2**63 - 1
    upwards: bool = False


def of_person(
    connection: sqlite3.Connection, person_id: int, span: Span, *, now_ms: int, pair: str | None = None
) -> list[sqlite3.Row]:
    """Messages that a person sent or received (in one conversation, if ``pair`` is given), newest first."""
    conversation = "" if pair is None else " AND conversation_id = ?"
    order = "ASC" if span.upwards else "DESC"
    one_side = (
        "SELECT * FROM (SELECT * FROM dms WHERE {side} = ? AND id > ? AND id < ? AND created_at_ms >= ?"
        f" AND visible_at_ms <= ?{conversation}"
        " AND id NOT IN (SELECT dm_id FROM dm_deletions WHERE person_id = ?)"
        f" ORDER BY id {order} LIMIT ?)"
    )
    values = [person_id, span.after, span.before, span.from_ms, now_ms]
    values_all = (*values, *([] if pair is None else [pair]), person_id, span.limit)
    both = f"{one_side.format(side='sender_id')} UNION ALL {one_side.format(side='recipient_id')}"
    rows = connection.execute(
        f"SELECT * FROM ({both}) ORDER BY id {order} LIMIT ?",
        (*values_all, *values_all, span.limit),
    ).fetchall()
    return rows[::-1] if span.upwards else rows


def seen_by(connection: sqlite3.Connection, dm_id: int, person_id: int, *, now_ms: int) -> sqlite3.Row | None:
    """The message, if this person is one of its two and has not deleted it."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM dms WHERE id = ? AND (sender_id = ? OR recipient_id = ?) AND visible_at_ms <= ?"
        " AND NOT EXISTS (SELECT 1 FROM dm_deletions WHERE dm_id = dms.id AND person_id = ?)",
        (dm_id, person_id, person_id, now_ms, person_id),
    ).fetchone()
    return row
