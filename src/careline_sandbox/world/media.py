"""Uploads that can be shown: whose they are, what they may be used for, and until when (x-platform section 6).

A picture is one piece; a video stays the pieces that it came in (``world/uploads.py``), and ``pieces`` reads
either. What moves has a poster, and can be attached once it has been processed.
"""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from typing import Literal

LIFETIME_S = 86_400
Kind = Literal["photo", "animated_gif", "video"]
_PREFIXES: dict[Kind, str] = {"photo": "3", "animated_gif": "16", "video": "7"}
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}


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
    alt_text: str = "",
    duration_ms: int | None = None,
    processing_ms: int = 0,
    failure: str = "",
) -> str:
    """Keep an upload and return its media key. Its owners can attach it for 24 hours, once it is processed.

    ``content`` is empty for one whose pieces are kept already. ``failure`` is what processing will find wrong.
    """
    media_key = key_of(media_id, category)
    connection.execute(
        "INSERT INTO media (id, media_key, owner_id, category, content_type, width, height, resource_id, content,"
        " expires_at_ms, alt_text, duration_ms, finished_at_ms, ready_at_ms, failure)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(media_id, media_key, owner_id, category, content_type, width, height),
            *(secrets.token_urlsafe(6), content, at_ms + LIFETIME_S * 1000),
            *(alt_text, duration_ms, at_ms, at_ms + processing_ms, failure),
        ),
    )
    owners = {owner_id, *additional_owners}
    connection.executemany("INSERT INTO media_owners VALUES (?, ?)", [(media_id, owner) for owner in owners])
    return media_key


_META = (
    "id, media_key, owner_id, category, content_type, width, height, resource_id, expires_at_ms,"
    " alt_text, duration_ms, finished_at_ms, ready_at_ms, failure"
)


def key_of(media_id: int, category: str) -> str:
    """The media key: the kind's number, then the id."""
    prefix = "13" if category == "amplify_video" else _PREFIXES[kind_of(category)]
    return f"{prefix}_{media_id}"


def kind_of(category: str) -> Kind:
    """What an upload of this category is shown as."""
    if category.endswith("video"):
        return "video"
    return "animated_gif" if category.endswith("gif") else "photo"


def get(connection: sqlite3.Connection, media_id: int) -> sqlite3.Row | None:
    """What is known of an upload, without its bytes."""
    row: sqlite3.Row | None = connection.execute(f"SELECT {_META} FROM media WHERE id = ?", (media_id,)).fetchone()
    return row


def usable_by(connection: sqlite3.Connection, media_id: int, person_id: int, *, now_ms: int) -> bool:
    """Whether this person may attach it now: one of its owners, processed, and younger than 24 hours."""
    row = connection.execute(
        "SELECT 1 FROM media m JOIN media_owners o ON o.media_id = m.id"
        " WHERE m.id = ? AND o.person_id = ? AND m.expires_at_ms > ? AND m.ready_at_ms <= ? AND m.failure = ''",
        (media_id, person_id, now_ms, now_ms),
    ).fetchone()
    return row is not None


def is_owner(connection: sqlite3.Connection, media_id: int, person_id: int) -> bool:
    """Whether this person uploaded it, or was named as another owner."""
    row = connection.execute(
        "SELECT 1 FROM media_owners WHERE media_id = ? AND person_id = ?", (media_id, person_id)
    ).fetchone()
    return row is not None


def content(connection: sqlite3.Connection, media_id: int) -> tuple[str, bytes] | None:
    """(content type, all bytes) of an upload. A video may be large: ``http/files.py`` answers with one in pieces."""
    row = connection.execute("SELECT content_type, content FROM media WHERE id = ?", (media_id,)).fetchone()
    if row is None:
        return None
    return row["content_type"], row["content"] or b"".join(
        piece(connection, media_id, segment) for segment, _ in pieces(connection, media_id)
    )


def pieces(connection: sqlite3.Connection, media_id: int) -> list[tuple[int, int]]:
    """(number, length) of the pieces of an upload in order; one numbered -1 where it is kept whole."""
    rows = connection.execute(
        "SELECT -1, length(content) FROM media WHERE id = ?1 AND length(content) > 0"
        " UNION ALL SELECT segment, length(content) FROM media_parts WHERE media_id = ?1 ORDER BY 1",
        (media_id,),
    )
    return [(segment, length) for segment, length in rows]


def piece(connection: sqlite3.Connection, media_id: int, segment: int) -> bytes:
    """The bytes of one piece that ``pieces`` names. Raises LookupError if it is gone."""
    where = "media WHERE id = ?1 AND ?2 = -1" if segment < 0 else "media_parts WHERE media_id = ?1 AND segment = ?2"
    row = connection.execute(f"SELECT content FROM {where}", (media_id, segment)).fetchone()
    if row is None:
        raise LookupError(f"upload {media_id} has no piece {segment}")
    return bytes(row[0])


def set_poster(connection: sqlite3.Connection, media_id: int, content: bytes) -> None:
    """Keep the still of something that moves: a JPEG. A later one takes the place of an earlier one."""
    connection.execute("INSERT OR REPLACE INTO media_posters VALUES (?, ?)", (media_id, content))


def poster(connection: sqlite3.Connection, media_id: int) -> bytes | None:
    """The still of something that moves."""
    row = connection.execute("SELECT content FROM media_posters WHERE media_id = ?", (media_id,)).fetchone()
    return bytes(row[0]) if row else None


def set_alt_text(connection: sqlite3.Connection, media_id: int, text: str) -> None:
    """What the upload shows, in words."""
    connection.execute("UPDATE media SET alt_text = ? WHERE id = ?", (text, media_id))


def extension(content_type: str) -> str:
    """The file name's ending for a content type that uploads can have."""
    return _EXTENSIONS[content_type]


def is_public(connection: sqlite3.Connection, media_id: int) -> bool:
    """Whether a standing post shows this upload, which lets anybody fetch it."""
    row = connection.execute(
        "SELECT 1 FROM posts, json_each(posts.media_ids) j"
        " WHERE posts.media_ids <> '[]' AND deleted_at_ms IS NULL AND j.value = ? LIMIT 1",
        (media_id,),
    ).fetchone()
    return row is not None
