"""The parts of one running local X, handed to everything that answers a request or tells of a change."""

from __future__ import annotations

from dataclasses import dataclass, field

from careline_sandbox.clock import Clock
from careline_sandbox.http.limits import Windows
from careline_sandbox.ids import Snowflakes
from careline_sandbox.world import World, schema, settings


@dataclass(slots=True)
class LocalX:
    """State, time, ids and rate windows; ``nonces`` remembers OAuth 1.0a requests so that none counts twice."""

    world: World
    clock: Clock
    ids: Snowflakes
    windows: Windows = field(default_factory=Windows)
    nonces: dict[tuple[str, str], float] = field(default_factory=dict)


def assemble(world: World, clock: Clock) -> LocalX:
    """Take up a world where it was left: ids go on above the largest, changed limits stay changed."""
    with world.read() as connection:
        last, minted = schema.id_state(connection)
        overrides = settings.get(connection, "limits")
    local_x = LocalX(world=world, clock=clock, ids=Snowflakes(last=last, minted=minted))
    local_x.windows.overrides.update(overrides)
    return local_x
