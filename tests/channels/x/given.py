"""What the tests of this folder start from: the fixtures, a time, and running a generator with data alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from careline.channels.base import HttpCall, Outbound, Reply, Steps
from careline.channels.x.channel import XChannel
from careline.domain.words import Kind

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests/fixtures/x"
SHARED = Path(os.environ.get("CARELINE_SHARED", ROOT.parent / "shared"))
X = XChannel()
#: 2026-11-02 09:00 UTC.
NOW = 1_793_610_000_000
US, MIA = "1500000000000000101", "1600000000000000202"
DM = Outbound(Kind.DM, "hello", US, recipient_id=MIA)


def run(steps: Steps[Any], *replies: Reply) -> tuple[list[HttpCall], Any]:
    """Answer a generator's calls with these replies; return the calls and what it ended with."""
    calls: list[HttpCall] = []
    left = list(replies)
    try:
        calls.append(next(steps))
        while True:
            calls.append(steps.send(left.pop(0)))
    except StopIteration as end:
        assert not left, "the generator ended before it had heard every answer"
        return calls, end.value


def answered(message: Outbound, reply: Reply) -> Any:
    """What becomes of a message when X answers so."""
    return run(X.send(message, NOW), reply)[1]
