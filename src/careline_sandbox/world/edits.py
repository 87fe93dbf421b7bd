"""Which posts are versions of one another.

An edit at X is a post of its own, with a new id. The versions before it stay where somebody asks for them by
id, and leave every list. A post that was never edited has no row here.
"""

from __future__ import annotations

import sqlite3

WINDOW_MS = 3_600_000
MOST = 5


def record(connection: sqlite3.Connection, *, post_id: int, replaced_id: int) -> None:
    """Note that a post is the next version of another, which has to be the newest one so far."""
    first = versions(connection, replaced_id)[0]
    connection.execute("INSERT INTO edits VALUES (?, ?, ?)", (post_id, first, replaced_id))


def versions(connection: sqlite3.Connection, post_id: int) -> list[int]:
    """The ids of all versions of a post, the first one first; its own alone if it was never edited."""
    row = connection.execute("SELECT first_id FROM edits WHERE post_id = ?", (post_id,)).fetchone()
    first = int(row[0]) if row else post_id
    later = connection.execute("SELECT post_id FROM edits WHERE first_id = ? ORDER BY post_id", (first,))
    return [first, *(int(one[0]) for one in later)]
