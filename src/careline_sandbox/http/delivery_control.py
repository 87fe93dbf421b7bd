"""The operator's side of delivery: faults to order and to end, and what became of every event."""

from __future__ import annotations

from typing import Any

from careline_sandbox import faults
from careline_sandbox.deliver.office import Office
from careline_sandbox.http.operator import Order, control, reply
from careline_sandbox.world import schema


@control("POST /_sandbox/faults")
async def add_faults(order: Order) -> Any:
    """Put one fault ({"target", "kind", ...}) or several ({"faults": [...]}) in force; none if one is wrong."""
    specs = order.body.get("faults", [order.body])
    if not isinstance(specs, list) or not all(isinstance(spec, dict) for spec in specs):
        raise ValueError("faults is a list of objects")
    book = _office(order).book
    before = len(book.faults)
    try:
        added = [faults.add(book, spec) for spec in specs]
    except ValueError:
        del book.faults[before:]
        raise
    return reply({"faults": [fault.as_json() for fault in added]}, status=201)


@control("GET /_sandbox/faults")
async def list_faults(order: Order) -> Any:
    """All faults in force, with how often each fired."""
    return {"faults": [fault.as_json() for fault in _office(order).book.faults]}


@control("DELETE /_sandbox/faults")
async def clear_faults(order: Order) -> Any:
    """End all faults; requests that hang because of one are hung up on."""
    faults.clear(_office(order).book)
    return {"faults": []}


@control("GET /_sandbox/deliveries")
async def deliveries(order: Order) -> Any:
    """How far the office is, and what became of every event: for people, and for tests that wait for quiet."""
    office = _office(order)
    with office.world.read() as connection:
        newest = schema.last_seq(connection)
    webhooks = {str(hook_id): _counts(office, hook_id) for hook_id in office.outboxes}
    streams = [
        {"app_id": str(stream.app_id), "sent": stream.sent, "unsent": stream.unsent} for stream in office.open_streams
    ]
    settled = office.cursor == newest and not office.errands
    quiet = settled and not any(entry["unsettled"] for entry in webhooks.values())
    quiet = quiet and not any(entry["unsent"] for entry in streams)
    body = {"quiet": quiet, "happenings": newest, "followed": office.cursor, "unheard": office.unheard}
    return {**body, "webhooks": webhooks, "streams": streams}


def _counts(office: Office, hook_id: int) -> dict[str, Any]:
    box = office.outboxes[hook_id]
    names = ("url", "open", "unsettled", "delivered", "retried", "dropped")
    return {name: getattr(box, name) for name in names}


def _office(order: Order) -> Office:
    found: Office = order.request.app.state.office
    return found


ROUTES = [add_faults, list_faults, clear_faults, deliveries]
