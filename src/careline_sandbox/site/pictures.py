"""Pictures that come with a post or message: looked at, measured, and kept where the API's uploads are."""

from __future__ import annotations

import io
import sqlite3

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile

from careline_sandbox.site.visit import Visit
from careline_sandbox.wire import errors
from careline_sandbox.world import media

_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
_MEBI = 1_048_576


async def chosen(visit: Visit) -> list[bytes]:
    """The files that the form brings; empty fields are none."""
    files = [part for part in visit.form.getlist("pictures") if isinstance(part, UploadFile) and part.filename]
    return [await part.read() for part in files]


def keep(
    connection: sqlite3.Connection, visit: Visit, files: list[bytes], *, owner_id: int, place: str
) -> tuple[int, ...]:
    """Store the files for a ``tweet`` or ``dm`` and return their ids. Raises errors.Problem in plain words."""
    return tuple(_keep(connection, visit, content, owner_id=owner_id, place=place) for content in files)


def _keep(connection: sqlite3.Connection, visit: Visit, content: bytes, *, owner_id: int, place: str) -> int:
    content_type, width, height = _look_at(content)
    media_id = visit.local_x.ids.mint(visit.now_ms)
    media.add(
        connection,
        content,
        media_id=media_id,
        owner_id=owner_id,
        category=f"{place}_{'gif' if content_type == 'image/gif' else 'image'}",
        content_type=content_type,
        width=width,
        height=height,
        at_ms=visit.now_ms,
    )
    return media_id


def _look_at(content: bytes) -> tuple[str, int, int]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.verify()
            kind, (width, height) = image.format or "", image.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        kind, width, height = "", 0, 0
    if kind not in _TYPES:
        raise errors.bad_request("This file is not a picture that can be shown. Choose a JPEG, PNG, WebP or GIF.")
    limit = 15 if kind == "GIF" else 5
    if len(content) > limit * _MEBI:
        raise errors.bad_request(f"This picture is larger than {limit} MB. Choose a smaller one.")
    return _TYPES[kind], width, height
