"""The cast's control paths: who is on, and on or off, how fast, for which brand."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from careline_sandbox.cast import director
from careline_sandbox.http.operator import Order, control
from careline_sandbox.world import people


@control("GET /_sandbox/cast")
async def show(order: Order) -> Any:
    """{"brand", "speed", "paused", "seed", "stories": [{"username", "character", "language", "step"}]}."""
    with order.local_x.world.read() as connection:
        on = director.bill(connection)
        listed = [
            {"username": people_name(connection, one.person_id), "character": one.character,
             "language": one.language, "step": one.step}
            for one in director.stories(connection)
        ]  # fmt: skip
    return {**asdict(on), "stories": listed}


@control("POST /_sandbox/cast")
async def change(order: Order) -> Any:
    """{"brand"?, "speed"?, "paused"?, "seed"?}: from now on. A speed of 2 is twice as fast."""
    body = order.body
    with order.local_x.world.write() as tx:
        wanted = replace(director.bill(tx), **{key: body[key] for key in ("brand", "paused", "seed") if key in body})
        if "speed" in body:
            wanted = replace(wanted, speed=float(body["speed"]))
        if not (isinstance(wanted.brand, str) and isinstance(wanted.paused, bool) and isinstance(wanted.seed, int)):
            raise ValueError("brand is a username, paused true or false, seed a whole number")
        director.set_bill(tx, wanted)
    return asdict(wanted)


def people_name(connection: Any, person_id: int) -> str:
    """The username of somebody of the cast."""
    row = people.get(connection, person_id)
    return row["username"] if row else ""


ROUTES = [show, change]
