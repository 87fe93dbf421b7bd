"""Long posts: cut to 280 in ``text``, whole in ``note_tweet`` (x-platform 5.1).

Only Premium accounts can write them, so only theirs are ever cut. A reader who does not ask for the note reads
a text that ends in the middle, as with X.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from careline_sandbox.rules import weight
from careline_sandbox.wire.escape import Row, on_the_wire
from careline_sandbox.world import people

_SHOWN = weight.LIMIT - 1  # letters before the ellipsis


def shortened(connection: sqlite3.Connection, row: Row) -> Row:
    """The row as its ``text`` goes out; a cut one carries its whole text and entities under ``note``."""
    if len(row["text"]) <= weight.LIMIT or not _is_note(connection, row):
        return row
    end = row["body_start"] + _SHOWN
    entities = json.loads(row["entities"])
    kept = {kind: [entry for entry in found if entry["end"] <= end] for kind, found in entities.items()}
    whole = on_the_wire(row)
    note: dict[str, Any] = {"text": whole["text"]}
    if entities:
        note["entities"] = json.loads(whole["entities"])
    return {
        **dict(row),
        "text": row["text"][:end] + "…",
        "body_end": end + 1,
        "entities": json.dumps({kind: found for kind, found in kept.items() if found}),
        "note": note,
    }


def _is_note(connection: sqlite3.Connection, row: Row) -> bool:
    author = people.get(connection, row["author_id"])
    if author is None or author["verified_type"] == "none":
        return False
    return weight.weigh(row["text"][row["body_start"] : row["body_end"]]) > weight.LIMIT
