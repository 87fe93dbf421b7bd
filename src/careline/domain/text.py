"""Comparing texts as a person would, for finding our own message in what a network shows."""

from __future__ import annotations

import re
import unicodedata

_LINK = re.compile(r"https?://(\S+?)/?(?=\s|$)")
_DM_LINK = re.compile(r"\s*(https?://)?(www\.)?(x|twitter)\.com/messages/compose\?\S*\s*$")


def folded(text: str) -> str:
    """The text without what networks change on the way: form, white space, link schemes, a DM link at the end."""
    text = _DM_LINK.sub("", unicodedata.normalize("NFC", text))
    return re.sub(r"\s+", " ", _LINK.sub(r"\1", text)).strip()


def same_text(a: str, b: str) -> bool:
    """Whether a reader would call these the same message."""
    return folded(a) == folded(b)
