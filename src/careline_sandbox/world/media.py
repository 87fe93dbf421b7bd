"""Uploaded images: whose they are, what they may be used for, and until when (x-platform section 6)."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable

LIFETIME_S = 86_400


def add(
    connection: sqlite3.Connection,
    content: bytes,
    *,
    media_id: int,
    owner_id: int,
    category: str,
    content_type: str,
    width: int,
    height: int,
    at_ms: int,
    additional_owners: Iterable[int] = (),
) -> str:
    """Keep an upload and return its media key. It can be attached for 24 hours by its owners."""
    prefix = "16" if category.endswith("gif") else "3"
    media_key = f"{prefix}_{media_id}"
    connection.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(media_id, media_key, owner_id, category, content_type, width, height),
            *(secrets.token_urlsafe(6), content, at_ms + LIFETIME_S * 1000),
        ),
    )
    owners = {owner_id, *additional_owners}
    connection.executemany("INSERT INTO media_owners VALUES (?, ?)", [(media_id, owner) for owner in owners])
    return media_key


_META = "id, media_key, owner_id, category, content_type, width, height, resource_id, expires_at_ms"


def get(connection: sqlite3.Connection, media_id: int) -> sqlite3.Row | None:
    """What is known of an upload, without its bytes."""
    row: sqlite3.Row | None = connection.execute(f"SELECT {_META} FROM media WHERE id = ?", (media_id,)).fetchone()
    return row


def usable_by(connection: sqlite3.Connection, media_id: int, person_id: int, *, now_ms: int) -> bool:
    """Whether this person may attach it now: one of its owners, and younger than 24 hours."""
    row = connection.execute(
        "SELECT 1 FROM media m JOIN media_owners o ON o.media_id = m.id"
        " WHERE m.id = ? AND o.person_id = ? AND m.expires_at_ms > ?",
        (media_id, person_id, now_ms),
    ).fetchone()
    return row is not None


def content(connection: sqlite3.Connection, media_id: int) -> tuple[str, bytes] | None:
    """(content type, bytes) of an upload."""
    row = connection.execute("SELECT content_type, content FROM media WHERE id = ?", (media_id,)).fetchone()
    return (row["content_type"], row["content"]) if row else None


def extension(content_type: str) -> str:
    """The file name's ending for a content type that uploads can have."""
    return {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}[content_type]


def is_public(connection: sqlite3.Connection, media_id: int) -> bool:
    """Whether a standing post shows this upload, which lets anybody fetch it."""
    row = connection.execute(
        "SELECT 1 FROM posts, json_each(posts.media_ids) j"
        " WHERE posts.media_ids <> '[]' AND deleted_at_ms IS NULL AND j.value = ? LIMIT 1",
        (media_id,),
    ).fetchone()
    return row is not None
