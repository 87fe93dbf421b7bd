"""Who is acting in a browser: the person whose id its cookie holds, without a password (this machine only)."""

from __future__ import annotations

import sqlite3

from starlette.requests import Request
from starlette.responses import Response

from careline_sandbox.world import people

COOKIE = "local_x_person"
_YEAR_S = 31_536_000


def acting(request: Request, connection: sqlite3.Connection) -> sqlite3.Row | None:
    """The person this browser acts as; None where it has chosen nobody, or somebody who is gone."""
    chosen = number(request.cookies.get(COOKIE, ""))
    return None if chosen is None else people.get(connection, chosen)


def become(response: Response, person_id: int) -> None:
    """Let the browser act as this person from now on."""
    response.set_cookie(COOKIE, str(person_id), max_age=_YEAR_S, httponly=True, samesite="lax", path="/")


def number(text: str) -> int | None:
    """A text as an id, None for what is none (the database holds ids of 63 bits)."""
    digits = text.isascii() and text.isdecimal() and len(text) <= 19
    return int(text) if digits and int(text) < 2**63 else None
