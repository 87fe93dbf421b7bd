"""What an image file is, by looking into it: names and declared types are not believed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)


class NotAnImage(Exception):
    """The bytes are no picture that X takes."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see of an image or video."""

    content_type: str
    width: int
    height: int
    duration_ms: int | None = None


def look_at(content: bytes, *, gif: bool) -> Look:
    """Type and size of a picture; with ``gif``, only of a GIF. Raises NotAnImage."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.verify()
            kind, (width, height) = image.format or "", image.size
    except BROKEN as error:
        raise NotAnImage from error
    if kind not in _TYPES or (gif and kind != "GIF"):
        raise NotAnImage
    return Look(_TYPES[kind], width, height)
