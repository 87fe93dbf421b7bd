"""The QR code of a second factor, drawn inside the page: no request of its own, and no style that the CSP forbids."""

from __future__ import annotations

import re

from markupsafe import Markup

#: What qrcode's SvgPathImage writes around the path; its sizes in millimetres are the style sheet's matter.
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>\s*")
_SIZE = re.compile(r'\s(?:width|height)="[^"]*mm"')


def drawing(svg: str) -> Markup:
    """An SVG that the server drew itself, safe to stand in a page."""
    text = _PROLOGUE.sub("", svg)
    head, sep, rest = text.partition(">")
    return Markup(_SIZE.sub("", head) + sep + rest)  # noqa: S704  (drawn by us from numbers and letters)


def groups(secret: str) -> str:
    """A long key in groups of four, to be typed by hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
