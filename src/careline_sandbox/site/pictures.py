"""What comes along with a post or message: looked at, measured, described, kept where the API's uploads are.

A person's own client has waited for X to process a video before it sends; so what comes through these pages can
be used at once. Who can decode a video, the browser, hands in its first picture with it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from starlette.datastructures import UploadFile

from careline_sandbox.rules import images, posters, uploads, video
from careline_sandbox.site.visit import Visit
from careline_sandbox.wire import errors
from careline_sandbox.world import media

LONGEST_ALT = 1000
_MEBI = 1_048_576
_LIMITS = {"photo": 5, "animated_gif": 15, "video": 64}
_WORDS = {"photo": "picture", "animated_gif": "GIF", "video": "video"}
_MOVES = (b"ftyp", b"moov", b"mdat", b"free", b"wide")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that somebody attached, what they say it shows, and a video's first picture."""

    content: bytes
    alt_text: str = ""
    still: bytes = b""


async def chosen(visit: Visit) -> list[Chosen]:
    """The files that the form brings, each with its description; empty fields are none."""
    files, said = await _files(visit, "pictures"), visit.form.getlist("alt")
    still = next(iter(await _files(visit, "still")), b"")
    texts = [text.strip()[:LONGEST_ALT] if isinstance(text, str) else "" for text in said]
    texts += [""] * (len(files) - len(texts))
    return [Chosen(content, text, still) for content, text in zip(files, texts, strict=False)]


def keep(
    connection: sqlite3.Connection, visit: Visit, files: list[Chosen], *, owner_id: int, place: str
) -> tuple[int, ...]:
    """Store the files for a ``tweet`` or ``dm`` and return their ids. Raises errors.Problem in plain words."""
    return tuple(_keep(connection, visit, file, owner_id=owner_id, place=place) for file in files)


async def _files(visit: Visit, name: str) -> list[bytes]:
    files = [part for part in visit.form.getlist(name) if isinstance(part, UploadFile) and part.filename]
    return [await part.read() for part in files]


def _keep(connection: sqlite3.Connection, visit: Visit, file: Chosen, *, owner_id: int, place: str) -> int:
    kind = _kind(file.content)
    if len(file.content) > _LIMITS[kind] * _MEBI:
        raise errors.bad_request(f"This {_WORDS[kind]} is larger than {_LIMITS[kind]} MB. Choose a smaller one.")
    media_id, at_ms = visit.local_x.ids.mint(visit.now_ms), visit.now_ms
    if kind == "video":
        _keep_video(connection, file, media_id=media_id, owner_id=owner_id, category=f"{place}_video", at_ms=at_ms)
    else:
        category = f"{place}_{'gif' if kind == 'animated_gif' else 'image'}"
        uploads.keep_picture(
            connection, file.content, media_id=media_id, owner_id=owner_id, category=category, at_ms=at_ms
        )
    media.set_alt_text(connection, media_id, file.alt_text)
    return media_id


def _kind(content: bytes) -> media.Kind:
    if content[4:8] in _MOVES:
        return "video"
    try:
        look = images.look_at(content, gif=False)
    except images.NotAnImage as error:
        raise errors.bad_request(
            "This file is not a picture or video that can be shown. Choose a JPEG, PNG, WebP, GIF or MP4."
        ) from error
    return "animated_gif" if look.content_type == "image/gif" else "photo"


def _keep_video(
    connection: sqlite3.Connection, file: Chosen, *, media_id: int, owner_id: int, category: str, at_ms: int
) -> None:
    content = file.content
    try:
        look = video.look_at(lambda start, length: content[start : start + length], len(content))
    except video.NotAVideo as error:
        raise errors.bad_request(f"{error}. Choose another one.") from error
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
        duration_ms=look.duration_ms,
    )
    drawn = posters.of_video(look.width, look.height, look.duration_ms or 0)
    media.set_poster(connection, media_id, file.still if _is_still(file.still) else drawn)


def _is_still(content: bytes) -> bool:
    try:
        return len(content) <= _MEBI and images.look_at(content, gif=False).content_type == "image/jpeg"
    except images.NotAnImage:
        return False
