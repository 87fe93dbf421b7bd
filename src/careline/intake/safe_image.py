"""A stranger's picture becomes our own: decoded within limits and written anew; nothing of it is left but pixels.

What the network calls it is not believed: the first bytes decide which one decoder may look at it. Metadata (EXIF with
its places, comments, colour profiles, whatever a polyglot hides behind the picture) does not survive re-encoding.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

#: X's largest photo is 4096 x 4096 (docs.x.com, media); more pixels than this are an attack on our memory.
MAX_PIXELS = 25_000_000
LONGEST_SIDE = 2048
_JPEG_QUALITY = 88


class UnsafeImage(Exception):
    """This will not be shown; `args[0]` says why, for people."""


@dataclass(frozen=True, slots=True)
class SafeImage:
    """Bytes of a JPEG or a PNG that we wrote."""

    data: bytes
    width: int
    height: int


def sniff(data: bytes) -> str | None:
    """ "JPEG", "PNG", "WEBP" or "GIF" by the first bytes (each format's specification), else None."""
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return "GIF" if data[:6] in (b"GIF87a", b"GIF89a") else None


def make_safe(data: bytes) -> SafeImage:
    """The picture (of an animation its first frame), upright, at most 2048 pixels long. Raises UnsafeImage."""
    kind = sniff(data)
    if kind is None:
        raise UnsafeImage("This is no picture that the desk can show.")
    try:
        return _again(data, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnsafeImage("The picture has too many pixels.") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, OverflowError) as error:
        # Pillow's decoders raise all of these for files that are broken or made to look so.
        raise UnsafeImage("The picture is damaged.") from error


def _again(data: bytes, kind: str) -> SafeImage:
    with Image.open(io.BytesIO(data), formats=[kind]) as source:
        if source.width * source.height > MAX_PIXELS:
            raise UnsafeImage("The picture has too many pixels.")
        source.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        clear = kind != "JPEG" and source.has_transparency_data
        picture = ImageOps.exif_transpose(source).convert("RGBA" if clear else "RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture.info.clear()
    written = io.BytesIO()
    if kind == "JPEG" or (kind == "WEBP" and not clear):
        picture.save(written, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    else:
        picture.save(written, "PNG")
    return SafeImage(written.getvalue(), picture.width, picture.height)
