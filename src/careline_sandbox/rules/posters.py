"""The still of something that moves: a GIF's first picture, and for a video a plain card with its length.

Whoever can decode a video (a browser can) hands in a better one with ``media.set_poster``.
"""

from __future__ import annotations

import io
import sqlite3

from PIL import Image, ImageDraw, ImageFont

from careline_sandbox.rules.images import BROKEN, NotAnImage
from careline_sandbox.world import media

_WIDEST = 640
_GROUND, _SIGN = (32, 41, 43), (238, 242, 239)


def still(connection: sqlite3.Connection, upload: sqlite3.Row) -> bytes | None:
    """The still of an upload that moves; a GIF that was kept without one is drawn now."""
    kept = media.poster(connection, upload["id"])
    if kept is not None or media.kind_of(upload["category"]) != "animated_gif":
        return kept
    found = media.content(connection, upload["id"])
    try:
        return of_gif(found[1]) if found else None
    except NotAnImage:
        return None


def of_gif(content: bytes) -> bytes:
    """A GIF's first picture as a JPEG. Raises NotAnImage where it cannot be drawn."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return _jpeg(image.convert("RGB"))
    except BROKEN as error:
        raise NotAnImage from error


def of_video(width: int, height: int, duration_ms: int) -> bytes:
    """A dark card in the video's shape with a triangle and its length, as a JPEG."""
    scale = _WIDEST / max(width, height, 1)
    card = Image.new("RGB", (max(round(width * scale), 48), max(round(height * scale), 48)), _GROUND)
    draw, (across, down) = ImageDraw.Draw(card), (card.width / 2, card.height / 2)
    half = min(across, down) / 3
    draw.polygon([(across - half, down - half), (across - half, down + half), (across + half, down)], fill=_SIGN)
    seconds = round(duration_ms / 1000)
    at = (card.width - half / 3, card.height - half / 3)
    font = ImageFont.load_default(max(half / 2, 12))
    draw.text(at, f"{seconds // 60}:{seconds % 60:02}", fill=_SIGN, anchor="rs", font=font)
    return _jpeg(card)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.thumbnail((_WIDEST, _WIDEST))
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
