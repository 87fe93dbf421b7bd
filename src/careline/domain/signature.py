"""Which agent is speaking: the letters behind a caret at the end of an answer (^AB), where a brand wants them."""

from __future__ import annotations

import re


def initials(name: str) -> str:
    """Up to two letters that stand for a person: of the first name and of the last; "" for a name without letters."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def sign(text: str, letters: str) -> str:
    """`text` with the signature behind it, once: whoever has typed it already has signed. Nothing is not signed."""
    text = text.rstrip()
    if not letters or not text or is_signed(text, letters):
        return text
    return f"{text} ^{letters}"


def unsigned(text: str, letters: str) -> str:
    """`text` without the signature at its end, for writing on."""
    found = _signed(letters).search(text) if letters else None
    return text[: found.start()] if found else text


def is_signed(text: str, letters: str) -> bool:
    """Whether `text` ends with this signature, in whatever case it was typed."""
    return bool(letters) and _signed(letters).search(text) is not None


def _signed(letters: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|\s+)\^{re.escape(letters)}\s*$", re.IGNORECASE)
