"""X's texts on the wire: ``&``, ``<`` and ``>`` are escaped, and positions count the escaped text.

No other entity is: what looks like one was typed by a person. The world keeps what was typed.
"""

from __future__ import annotations

import json
import sqlite3
from itertools import accumulate
from typing import Any

Row = sqlite3.Row | dict[str, Any]
_LETTERS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TABLE = str.maketrans(_LETTERS)


def escaped(text: str) -> str:
    """The text as X sends it."""
    return text.translate(_TABLE)


def on_the_wire(row: Row) -> Row:
    """A post's or message's row with its ``text`` escaped and everything that counts its letters moved along."""
    text = row["text"]
    if not any(letter in text for letter in _LETTERS):
        return row
    grown = list(accumulate((len(_LETTERS.get(letter, letter)) for letter in text), initial=0))
    moved = {**dict(row), "text": escaped(text), "entities": json.dumps(_moved(json.loads(row["entities"]), grown))}
    for name in ("body_start", "body_end"):
        if name in moved:
            moved[name] = grown[moved[name]]
    return moved


def _moved(entities: dict[str, Any], grown: list[int]) -> dict[str, Any]:
    return {
        kind: [{**entry, "start": grown[entry["start"]], "end": grown[entry["end"]]} for entry in found]
        for kind, found in entities.items()
    }
