"""What a page looks like, asked of the browser that lays it out: whether one thing stands in another's way."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import FloatRect, Locator, Page

#: How much of a picture may differ before somebody else has painted into it: edges of letters at half pixels do.
_HALF_PIXELS = 0.004


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def boxes(found: Locator) -> list[FloatRect]:
    """The boxes of all elements found, in the order of the document."""
    return [box for one in found.all() if (box := one.bounding_box()) is not None]


def overlapping(found: Locator) -> list[tuple[int, int]]:
    """Neighbours (by number) of which the second begins above the end of the first."""
    places = boxes(found)
    return [(at, at + 1) for at, (one, two) in enumerate(pairwise(places)) if two["y"] < one["y"] + one["height"] - 1]


def sticking_out(found: Locator, frame: Locator) -> list[int]:
    """Which of the elements found (by number) leave the frame at its sides."""
    outer = frame.bounding_box()
    assert outer is not None
    left, right = outer["x"] - 1, outer["x"] + outer["width"] + 1
    return [at for at, box in enumerate(boxes(found)) if box["x"] < left or box["x"] + box["width"] > right]


def in_order(*parts: Locator) -> bool:
    """Whether these stand one after the other as a reader goes: to the right, or further down."""
    places = [part.bounding_box() for part in parts]
    return all(one and two and _after(one, two) for one, two in pairwise(places))


def _after(one: FloatRect, two: FloatRect) -> bool:
    return one["x"] + one["width"] <= two["x"] + 1 or one["y"] + one["height"] <= two["y"] + 1


def paints_over(page: Page, suspect: Locator, neighbour: Locator) -> bool:
    """Whether the suspect's letters leave marks on its neighbour: is the neighbour the same once they are gone?"""
    before = _picture(neighbour)
    suspect.evaluate("one => { one.style.visibility = 'hidden'; }")
    after = _picture(neighbour)
    suspect.evaluate("one => { one.style.visibility = ''; }")
    if before.size != after.size:
        return True
    difference: Any = ImageChops.difference(before, after).convert("L").point(lambda value: 255 if value > 64 else 0)
    return bool(difference.histogram()[255] > _HALF_PIXELS * before.width * before.height)


def _picture(found: Locator) -> Image.Image:
    return Image.open(io.BytesIO(found.screenshot(animations="disabled"))).convert("RGB")
