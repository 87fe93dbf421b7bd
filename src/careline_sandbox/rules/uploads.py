"""What X takes as an upload, in one shot or in pieces, and what it then does to it (x-platform section 6).

A picture can be used at once. What moves is processed first: pending, in progress, then succeeded or failed, by
the sandbox's clock; what will come out is known when the last piece is, so a restart changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from careline_sandbox.rules import images, posters, video
from careline_sandbox.rules.images import Look
from careline_sandbox.wire import errors
from careline_sandbox.world import media, pieces, uploads

_MEBI = 1_048_576
PIECE_BYTES = 5 * _MEBI
MOST_PIECES = 1000
CATEGORIES = ("tweet_image", "tweet_gif", "tweet_video", "amplify_video", "dm_image", "dm_gif", "dm_video")
_LIMITS = {"photo": 5 * _MEBI, "animated_gif": 15 * _MEBI, "video": 512 * _MEBI}
_SLOWEST_MS = 20_000
_UNKNOWN_TYPE = "media type unrecognized."
_GAP = "Segments do not add up to provided total file size."


def category_for(category: Any, media_type: Any) -> str:
    """The category of an upload, from its type where none is named. Raises errors.Problem (400)."""
    if category is None and isinstance(media_type, str):
        kinds = {"image/gif": "tweet_gif", "video": "tweet_video", "image": "tweet_image"}
        category = kinds.get(media_type) or kinds.get(media_type.partition("/")[0])
    if category not in CATEGORIES:
        raise errors.invalid("$.media_category: is required and must name an image, GIF or video category")
    return str(category)


def keep_picture(
    connection: sqlite3.Connection,
    content: bytes,
    *,
    media_id: int,
    owner_id: int,
    category: str,
    at_ms: int,
    additional_owners: Iterable[int] = (),
    processed: bool = True,
) -> None:
    """Keep a picture or GIF that came whole; ``processed``, it can be used at once. Raises errors.Problem (400)."""
    kind = media.kind_of(category)
    _check_size(len(content), kind)
    try:
        look = images.look_at(content, gif=kind == "animated_gif")
        still = posters.of_gif(content) if kind == "animated_gif" else b""
    except images.NotAnImage as error:
        raise errors.bad_request(_UNKNOWN_TYPE) from error
    media.add(
        connection,
        content,
        media_id=media_id,
        owner_id=owner_id,
        category=category,
        content_type=look.content_type,
        width=look.width,
        height=look.height,
        at_ms=at_ms,
        additional_owners=additional_owners,
        processing_ms=0 if processed else _processing_ms(kind, len(content)),
    )
    if still:
        media.set_poster(connection, media_id, still)


def begin(
    connection: sqlite3.Connection,
    *,
    media_id: int,
    owner_id: int,
    category: str,
    at_ms: int,
    total_bytes: int | None = None,
    additional_owners: Iterable[int] = (),
) -> None:
    """Open an upload in pieces. Raises errors.Problem (400) where it would be too large."""
    _check_size(total_bytes or 0, media.kind_of(category))
    uploads.begin(
        connection,
        media_id=media_id,
        owner_id=owner_id,
        category=category,
        total_bytes=total_bytes,
        additional_owners=additional_owners,
        at_ms=at_ms,
    )


def append(
    connection: sqlite3.Connection, content: bytes, *, media_id: int, owner_id: int, segment: int, at_ms: int
) -> int:
    """Keep one piece, in any order; again is harmless. Returns when the session ends. Raises errors.Problem (400)."""
    session = _session(connection, media_id, owner_id=owner_id, at_ms=at_ms)
    if not 0 <= segment < MOST_PIECES:
        raise errors.invalid(f"$.segment_index: must be between 0 and {MOST_PIECES - 1}", segment_index=str(segment))
    if not content:
        raise errors.invalid("$.media: is missing but it is required")
    if len(content) > PIECE_BYTES:
        raise errors.bad_request(f"Segment size exceeds {PIECE_BYTES} bytes.")
    arrived = uploads.size_without(connection, media_id, segment) + len(content)
    _check_size(arrived, media.kind_of(session["category"]))
    if session["total_bytes"] is not None and arrived > session["total_bytes"]:
        raise errors.bad_request(_GAP)
    uploads.put(connection, media_id, segment, content)
    return int(session["expires_at_ms"])


def finish(connection: sqlite3.Connection, *, media_id: int, owner_id: int, at_ms: int) -> sqlite3.Row:
    """Make an upload of its pieces; again is harmless. Raises errors.Problem (400) where one is missing."""
    done = media.get(connection, media_id)
    if done is None:
        session = _session(connection, media_id, owner_id=owner_id, at_ms=at_ms)
        arrived = pieces.of(connection, media_id)
        _check_whole(arrived, session["total_bytes"])
        keep = _keep_video if media.kind_of(session["category"]) == "video" else _keep_still
        keep(connection, session, arrived, at_ms)
        done = media.get(connection, media_id)
    if done is None or done["owner_id"] != owner_id:
        raise _unknown(media_id)
    return done


def status(connection: sqlite3.Connection, media_id: int, *, owner_id: int) -> sqlite3.Row:
    """The owner's upload, finished. Raises errors.Problem (400) for one that is not, or is none."""
    upload = media.get(connection, media_id)
    if upload is None or not media.is_owner(connection, media_id, owner_id):
        raise _unknown(media_id)
    return upload


def _keep_still(connection: sqlite3.Connection, session: sqlite3.Row, arrived: pieces.Pieces, at_ms: int) -> None:
    content = pieces.read(connection, arrived, 0, arrived.size)
    uploads.end(connection, session["id"], with_pieces=True)
    keep_picture(
        connection,
        content,
        media_id=session["id"],
        owner_id=session["owner_id"],
        category=session["category"],
        at_ms=at_ms,
        additional_owners=json.loads(session["additional_owners"]),
        processed=media.kind_of(session["category"]) == "photo",
    )


def _keep_video(connection: sqlite3.Connection, session: sqlite3.Row, arrived: pieces.Pieces, at_ms: int) -> None:
    look, failure = _look_at_video(connection, arrived)
    media.add(
        connection,
        b"",
        media_id=session["id"],
        owner_id=session["owner_id"],
        category=session["category"],
        content_type=look.content_type,
        width=look.width,
        height=look.height,
        at_ms=at_ms,
        additional_owners=json.loads(session["additional_owners"]),
        duration_ms=look.duration_ms,
        processing_ms=_processing_ms("video", arrived.size),
        failure=failure,
    )
    if not failure:
        media.set_poster(connection, session["id"], posters.of_video(look.width, look.height, look.duration_ms or 0))
    uploads.end(connection, session["id"], with_pieces=bool(failure))


def _look_at_video(connection: sqlite3.Connection, arrived: pieces.Pieces) -> tuple[Look, str]:
    """What the video is, and what is wrong with it ("" for nothing)."""
    try:
        return video.look_at(lambda start, length: pieces.read(connection, arrived, start, length), arrived.size), ""
    except video.NotAVideo as error:
        return Look("video/mp4", 0, 0), str(error)


def _check_size(size: int, kind: media.Kind) -> None:
    if size > _LIMITS[kind]:
        raise errors.bad_request(f"File size exceeds {_LIMITS[kind]} bytes.")


def _check_whole(arrived: pieces.Pieces, total_bytes: int | None) -> None:
    numbers = [segment for segment, _ in arrived.lengths]
    if not numbers or numbers != list(range(len(numbers))) or total_bytes not in (None, arrived.size):
        raise errors.bad_request(_GAP)


def _session(connection: sqlite3.Connection, media_id: int, *, owner_id: int, at_ms: int) -> sqlite3.Row:
    session = uploads.get(connection, media_id, owner_id=owner_id, now_ms=at_ms)
    if session is None:
        raise _unknown(media_id)
    return session


def _unknown(media_id: int) -> errors.Problem:
    return errors.invalid(f"The media id [{media_id}] is not valid", media_id=str(media_id))


def _processing_ms(kind: media.Kind, size: int) -> int:
    """How long X takes: a GIF three seconds, a video a second more for every four megabytes."""
    return 3_000 if kind == "animated_gif" else min(4_000 + size // (4 * _MEBI) * 1_000, _SLOWEST_MS)
