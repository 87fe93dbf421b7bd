"""Uploads on their way in: a session, and the pieces that have arrived, in whatever order (x-platform section 6).

A piece is on disk before it is acknowledged, so a killed process has lost nothing that a client need not send
again; the same piece sent twice is one piece.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

LIFETIME_S = 1_295_999  # X's own answer to an initialize names this: fifteen days


def begin(
    connection: sqlite3.Connection,
    *,
    media_id: int,
    owner_id: int,
    category: str,
    total_bytes: int | None,
    additional_owners: Iterable[int],
    at_ms: int,
) -> None:
    """Open a session; those that nobody finished in time are forgotten with their pieces."""
    late = "SELECT id FROM uploads WHERE expires_at_ms <= ?"
    connection.execute(f"DELETE FROM media_parts WHERE media_id IN ({late})", (at_ms,))  # noqa: S608 - a constant
    connection.execute("DELETE FROM uploads WHERE expires_at_ms <= ?", (at_ms,))
    owners = json.dumps(sorted(additional_owners))
    connection.execute(
        "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?)",
        (media_id, owner_id, category, total_bytes, owners, at_ms + LIFETIME_S * 1000),
    )


def get(connection: sqlite3.Connection, media_id: int, *, owner_id: int, now_ms: int) -> sqlite3.Row | None:
    """The open session of this owner."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM uploads WHERE id = ? AND owner_id = ? AND expires_at_ms > ?", (media_id, owner_id, now_ms)
    ).fetchone()
    return row


def put(connection: sqlite3.Connection, media_id: int, segment: int, content: bytes) -> None:
    """Keep a piece, in place of one of the same number."""
    connection.execute("INSERT OR REPLACE INTO media_parts VALUES (?, ?, ?)", (media_id, segment, content))


def size_without(connection: sqlite3.Connection, media_id: int, segment: int) -> int:
    """How many bytes have arrived, not counting the piece of this number."""
    row = connection.execute(
        "SELECT coalesce(sum(length(content)), 0) FROM media_parts WHERE media_id = ? AND segment <> ?",
        (media_id, segment),
    ).fetchone()
    return int(row[0])


def end(connection: sqlite3.Connection, media_id: int, *, with_pieces: bool) -> None:
    """Close a session, and forget its pieces where they are kept elsewhere."""
    connection.execute("DELETE FROM uploads WHERE id = ?", (media_id,))
    if with_pieces:
        connection.execute("DELETE FROM media_parts WHERE media_id = ?", (media_id,))
