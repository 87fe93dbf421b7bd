"""Small pictures that the cast sends: drawn here, of nothing real."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = (640, 480)


def _parcel(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 330, 640, 480), fill="#8d7b68")
    draw.polygon([(130, 170), (420, 140), (520, 210), (510, 380), (200, 410), (120, 330)], fill="#c69c6d")
    draw.polygon([(130, 170), (420, 140), (520, 210), (220, 250)], fill="#d9b588")
    draw.line([(220, 250), (200, 410)], fill="#9a7650", width=4)
    draw.polygon([(330, 196), (372, 240), (340, 262), (392, 300), (350, 330), (318, 276), (300, 230)], fill="#3b2f26")
    draw.rectangle((412, 268, 492, 320), fill="#f4f1ea")
    for row in range(4):
        draw.line([(420, 278 + 10 * row), (480 - 12 * (row % 2), 276 + 10 * row)], fill="#55504a", width=3)


def _receipt(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 640, 480), fill="#5d6b66")
    edge = [(190 + 20 * n, 455 if n % 2 else 440) for n in range(14)]
    draw.polygon([(190, 30), (450, 30), *reversed(edge)], fill="#fbfaf6")
    draw.text((250, 55), "EXAMPLE SHOP", fill="#222222", font_size=18)
    for row, text in enumerate(
        ("Order 0815", "1 x lamp            39.00", "Paid              39.00", "Paid              39.00")
    ):
        draw.text((215, 120 + 48 * row), text, fill="#222222", font_size=18)
    draw.ellipse((205, 205, 440, 300), outline="#c0392b", width=5)


def _board(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 640, 480), fill="#2b2f36")
    draw.rectangle((50, 50, 590, 400), fill="#0c1a33")
    for row, (time, place) in enumerate(
        (("16:04", "NORTH"), ("16:22", "HARBOUR"), ("16:40", "NORTH"), ("17:04", "LAKE"))
    ):
        y = 82 + 78 * row
        draw.text((80, y), f"{time}  {place}", fill="#f2c14e", font_size=30)
        draw.text((380, y), "CANCELLED", fill="#ff6b5e", font_size=30)


_DRAW: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {"parcel": _parcel, "receipt": _receipt, "board": _board}


def picture(name: str) -> bytes:
    """A JPEG of SIZE. Raises KeyError for one that nobody can draw."""
    image = Image.new("RGB", SIZE, "#cfc8bd")
    _DRAW[name](ImageDraw.Draw(image))
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=85)
    return kept.getvalue()
