"""What the composer asks while somebody writes: how long the text is by X's count, and whose names fit."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from careline_sandbox.rules import compose
from careline_sandbox.site import reads
from careline_sandbox.site.visit import HEADERS, Visit, visit
from careline_sandbox.world import posts

_OFFERED = 6


@visit("POST /_site/weigh")
async def weigh(come: Visit) -> Response:
    """The length of a text in X's units, without the @names that its post will carry by itself."""
    with come.local_x.world.read() as connection:
        author = come.me(connection)
        parent = posts.get(connection, come.number("in_reply_to") or 0, come.view(connection))
        draft = compose.Draft(text=come.asked("text"))
        weight = compose.measure(connection, draft, parent=parent, author=author)
    return _json({"weight": weight})


@visit("GET /_site/names")
async def names(come: Visit) -> Response:
    """People whose username or name holds what was typed behind an @, those whose username begins with it first."""
    typed = come.asked("typed").lower()
    with come.local_x.world.read() as connection:
        me = come.me(connection)["id"]
        found = [row for row in reads.found_people(connection, typed) if row["id"] != me]
    found.sort(key=lambda row: not row["username"].lower().startswith(typed))
    return _json([{"username": row["username"], "name": row["name"]} for row in found[:_OFFERED]])


def _json(data: Any) -> Response:
    return Response(msgspec.json.encode(data), media_type="application/json", headers=HEADERS)


ROUTES = [weigh, names]
