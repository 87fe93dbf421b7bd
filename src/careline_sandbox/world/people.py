"""People of the local X, whom they follow and whom they block."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from careline_sandbox.world import happenings

_USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")


class NameTaken(Exception):
    """Another person has this username (X compares without case)."""


def add(
    connection: sqlite3.Connection,
    username: str,
    *,
    person_id: int,
    at_ms: int,
    name: str | None = None,
    description: str = "",
    protected: bool = False,
    dm_from: str = "everyone",
    verified_type: str = "none",
    profile_image_url: str | None = None,
) -> int:
    """Create a person and return the id.

    Raises ValueError for a username that X would not allow (1 to 15 letters, digits, underscores) or an
    unknown ``dm_from`` or ``verified_type``; NameTaken if the username or id is in use.
    """
    if not _USERNAME.fullmatch(username):
        raise ValueError("a username has 1 to 15 letters, digits or underscores")
    if dm_from not in ("everyone", "following", "none"):
        raise ValueError("dm_from is everyone, following or none")
    if verified_type not in ("none", "blue", "business", "government"):
        raise ValueError("verified_type is none, blue, business or government")
    try:
        connection.execute(
            "INSERT INTO people (id, username, name, description, protected, dm_from, verified_type,"
            " profile_image_url, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(person_id, username, name or username, description, int(protected)),
                *(dm_from, verified_type, profile_image_url, at_ms),
            ),
        )
    except sqlite3.IntegrityError as error:
        taken = f"@{username}" if by_username(connection, username) else f"the id {person_id}"
        raise NameTaken(f"{taken} is taken") from error
    return person_id


def get(connection: sqlite3.Connection, person_id: int) -> sqlite3.Row | None:
    """The person with this id."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM people WHERE id = ?", (person_id,)).fetchone()
    return row


def by_username(connection: sqlite3.Connection, username: str) -> sqlite3.Row | None:
    """The person with this username, without regard to case."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM people WHERE username = ?", (username,)).fetchone()
    return row


def by_usernames(connection: sqlite3.Connection, usernames: Iterable[str]) -> dict[str, int]:
    """Ids of those usernames that exist, by lower-case username."""
    wanted = sorted({name.lower() for name in usernames})
    marks = ",".join("?" * len(wanted))
    rows = connection.execute(f"SELECT id, username FROM people WHERE username IN ({marks})", wanted)
    return {row["username"].lower(): int(row["id"]) for row in rows}


def everyone(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """All people, oldest first."""
    return connection.execute("SELECT * FROM people ORDER BY id").fetchall()


def follow(connection: sqlite3.Connection, *, source_id: int, target_id: int) -> None:
    """Let source follow target; again is harmless."""
    connection.execute("INSERT OR IGNORE INTO follows VALUES (?, ?)", (source_id, target_id))


def unfollow(connection: sqlite3.Connection, *, source_id: int, target_id: int) -> None:
    """End a follow; where there is none, nothing happens."""
    connection.execute("DELETE FROM follows WHERE source_id = ? AND target_id = ?", (source_id, target_id))


def follows(connection: sqlite3.Connection, *, source_id: int, target_id: int) -> bool:
    """Whether source follows target."""
    row = connection.execute(
        "SELECT 1 FROM follows WHERE source_id = ? AND target_id = ?", (source_id, target_id)
    ).fetchone()
    return row is not None


def block(connection: sqlite3.Connection, *, source_id: int, target_id: int, at_ms: int) -> None:
    """Let source block target, which also ends both follows, as on X. Again is harmless and tells nobody."""
    done = connection.execute("INSERT OR IGNORE INTO blocks VALUES (?, ?)", (source_id, target_id))
    unfollow(connection, source_id=source_id, target_id=target_id)
    unfollow(connection, source_id=target_id, target_id=source_id)
    if done.rowcount:
        happenings.append(connection, "block", at_ms=at_ms, actor_id=source_id, subject_id=target_id)


def unblock(connection: sqlite3.Connection, *, source_id: int, target_id: int, at_ms: int) -> None:
    """End a block; where there is none, nothing happens and nobody is told."""
    done = connection.execute("DELETE FROM blocks WHERE source_id = ? AND target_id = ?", (source_id, target_id))
    if done.rowcount:
        happenings.append(connection, "unblock", at_ms=at_ms, actor_id=source_id, subject_id=target_id)


def blocks(connection: sqlite3.Connection, *, source_id: int, target_id: int) -> bool:
    """Whether source blocks target."""
    row = connection.execute(
        "SELECT 1 FROM blocks WHERE source_id = ? AND target_id = ?", (source_id, target_id)
    ).fetchone()
    return row is not None
