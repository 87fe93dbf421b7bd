"""Waiting by the sandbox's clock, which may run fast or be moved while someone waits (law 10)."""

from __future__ import annotations

import asyncio

from careline_sandbox.clock import Clock

_LOOK_S = 0.1  # how often, at least, a moved clock is noticed


async def until(clock: Clock, at_ms: float, *, look_s: float = _LOOK_S) -> None:
    """Return once the clock shows ``at_ms`` (milliseconds since 1970) or later, ``look_s`` late at most."""
    while (left_ms := at_ms - clock.now_ms()) > 0:
        await asyncio.sleep(min(left_ms / 1000 / max(clock.rate, 1.0), look_s))
