"""Control paths of delivery: faults to order and to end, and what became of every delivery.

They are the sandbox's own and no part of X; the application that mounts them keeps them to loopback peers.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from careline_sandbox import faults
from careline_sandbox.deliver.office import Office
from careline_sandbox.world import schema


async def add_faults(request: Request) -> Response:
    """Put one fault (an object) or several (a list) in force; 400 with a sentence, and none added, if one is wrong."""
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        return JSONResponse({"error": "the body is not JSON"}, 400)
    specs = body if isinstance(body, list) else [body]
    if not all(isinstance(spec, dict) for spec in specs):
        return JSONResponse({"error": "a fault is an object"}, 400)
    book = _office(request).book
    before = len(book.faults)
    try:
        added = [faults.add(book, spec) for spec in specs]
    except ValueError as error:
        del book.faults[before:]
        return JSONResponse({"error": str(error)}, 400)
    return JSONResponse({"faults": [fault.as_json() for fault in added]}, 201)


async def list_faults(request: Request) -> Response:
    """All faults in force, with how often each fired."""
    return JSONResponse({"faults": [fault.as_json() for fault in _office(request).book.faults]})


async def clear_faults(request: Request) -> Response:
    """End all faults; requests that hang because of one are hung up on."""
    faults.clear(_office(request).book)
    return JSONResponse({"faults": []})


async def deliveries(request: Request) -> Response:
    """How far the office is, and what became of every event: for people, and for tests that wait for quiet."""
    office = _office(request)
    with office.world.read() as connection:
        newest = schema.last_seq(connection)
    webhooks = {str(hook_id): _counts(office, hook_id) for hook_id in office.outboxes}
    streams = [{"app_id": str(stream.app_id), "sent": stream.sent} for stream in office.open_streams]
    settled = office.cursor == newest and not office.errands
    quiet = settled and not any(entry["unsettled"] for entry in webhooks.values())
    body = {"quiet": quiet, "happenings": newest, "followed": office.cursor, "unheard": office.unheard}
    return JSONResponse({**body, "webhooks": webhooks, "streams": streams})


def _counts(office: Office, hook_id: int) -> dict[str, Any]:
    box = office.outboxes[hook_id]
    names = ("url", "open", "unsettled", "delivered", "retried", "dropped")
    return {name: getattr(box, name) for name in names}


def _office(request: Request) -> Office:
    found: Office = request.app.state.office
    return found


ROUTES = [
    Route("/_sandbox/faults", add_faults, methods=["POST"]),
    Route("/_sandbox/faults", list_faults, methods=["GET"]),
    Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
    Route("/_sandbox/deliveries", deliveries, methods=["GET"]),
]
