"""Pages of lists: X's opaque tokens, and the bounds that a request sets.

A token is base32hex, as X's are, of a direction and the id at the page's edge.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from careline_sandbox.wire import errors
from careline_sandbox.wire.times import from_iso

TOP = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a token points: to what lies below ``edge``, or (``upwards``) to what lies above it."""

    edge: int
    upwards: bool


def read_turn(query: Mapping[str, str], *names: str) -> Turn | None:
    """The page asked for, None for the first. Raises errors.Problem (400) for a token that is none."""
    for name in names:
        if token := query.get(name):
            return _decode(token, name=name)
    return None


def read_count(query: Mapping[str, str], *, low: int, high: int, default: int) -> int:
    """``max_results``. Raises errors.Problem (400) outside of what the endpoint allows."""
    text = query.get("max_results", str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        message = f"The `max_results` query parameter value [{text}] is not between {low} and {high}"
        raise errors.invalid(message, max_results=text)
    return int(text)


def read_time(query: Mapping[str, str], name: str, *, default: int) -> int:
    """A moment in unix milliseconds. Raises errors.Problem (400) for what is no RFC 3339 time."""
    if name not in query:
        return default
    try:
        return from_iso(query[name])
    except ValueError as error:
        message = f"Invalid '{name}':'{query[name]}'. '{name}' must be a RFC 3339 date-time"
        raise errors.invalid(message, **{name: query[name]}) from error


def cut(rows: list[sqlite3.Row], *, limit: int, turn: Turn | None) -> tuple[list[sqlite3.Row], dict[str, Any]]:
    """The page out of up to ``limit`` + 1 rows (newest first), and its ``meta``: count and tokens."""
    upwards = turn is not None and turn.upwards
    more = len(rows) > limit
    page = rows[-limit:] if upwards else rows[:limit]
    older, newer = (True, more) if upwards else (more, turn is not None)
    meta: dict[str, Any] = {"result_count": len(page)}
    if page and older:
        meta["next_token"] = _encode("n", page[-1]["id"])
    if page and newer:
        meta["previous_token"] = _encode("p", page[0]["id"])
    return page, meta


def _encode(direction: str, edge: int) -> str:
    return base64.b32hexencode(f"{direction}{edge}".encode()).decode().rstrip("=").lower()


def _decode(token: str, *, name: str) -> Turn:
    padded = token.upper() + "=" * (-len(token) % 8)
    try:
        plain = base64.b32hexdecode(padded).decode("ascii")
        direction, edge = plain[:1], int(plain[1:])
    except (binascii.Error, ValueError) as error:
        raise _bad(token, name) from error
    if direction not in ("n", "p"):
        raise _bad(token, name)
    return Turn(edge, upwards=direction == "p")


def _bad(token: str, name: str) -> errors.Problem:
    return errors.invalid(f"The `{name}` query parameter value [{token}] is not valid", **{name: token})
