"""The cast in a process of its own, on a shared clock that runs fast, killed half way: the same as by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from careline_sandbox.cast import director
from careline_sandbox.clock import Clock
from careline_sandbox.local_x import LocalX, assemble
from careline_sandbox.world import World
from sandbox.cast.worlds import BRAND, START_MS, Hand, everything, make, run
from sandbox.served import Served
from support.processes import wait_until

_RATE = 60
_UNTIL_S = 600


def until(local_x: LocalX, at_ms: int) -> list[list[tuple[Any, ...]]]:
    """All that happened up to then: each kind of row has its time in a place of its own."""
    people, posts, dms, happenings = everything(local_x)
    posts = [(*row[:5], row[5] if row[5] and row[5] <= at_ms else None) for row in posts]  # taken back later: not yet
    found = ((people, 3), (posts, 4), (dms, 4), (happenings, 1))
    return [[row for row in many if row[at] <= at_ms] for many, at in found]


@pytest.mark.slow
def test_a_killed_process_on_a_fast_clock_tells_the_same_story(start_x: Callable[..., Served], tmp_path: Path) -> None:
    state, shared = tmp_path / "x.db", Clock(tmp_path / "clock.json")
    shared.set(sim=START_MS / 1000, rate=0)
    running = start_x("--state", str(state), clock=tmp_path / "clock.json")
    running.control("people", username=BRAND, name="ACME (example)")
    running.control("cast", brand=BRAND, seed=1)
    wait_until(lambda: running.state()["posts"], within=20)
    shared.set(sim=START_MS / 1000, rate=_RATE)
    wait_until(lambda: shared.now_ms() > START_MS + _UNTIL_S * 400, within=30)
    running.process.kill()
    running.process.wait(10)
    start_x("--state", str(state), clock=tmp_path / "clock.json")
    wait_until(lambda: shared.now_ms() > START_MS + (_UNTIL_S + 5 * _RATE) * 1000, within=40)
    served = assemble(World.connect(str(state)), shared)

    hand = Hand()
    by_hand = make(hand)
    director.look(by_hand)
    run(by_hand, hand, _UNTIL_S + 60)
    expected = until(by_hand, START_MS + _UNTIL_S * 1000)
    assert len(expected[1]) > 15
    assert until(served, START_MS + _UNTIL_S * 1000) == expected
