"""The laws in the docstring of ports.clock: never raises, and one source means one time (law 10)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from careline.engines.clock import SharedClock, SystemClock

MORNING_S = 1_793_610_000


def set_clock(path: Path, *, sim: float, rate: float, real: float | None = None) -> None:
    """As the sandbox does: a new file in the old one's place."""
    beside = path.with_suffix(".new")
    anchor = {"anchor_real": time.time() if real is None else real, "anchor_sim": sim, "rate": rate}
    beside.write_text(json.dumps(anchor))
    beside.replace(path)


def test_the_machines_time() -> None:
    before = time.time() * 1000
    assert before - 1 <= SystemClock().now_ms() <= time.time() * 1000


def test_law_10_a_shared_clock_runs_as_fast_as_its_file_says_and_follows_it(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, sim=MORNING_S, rate=0, real=1)
    clock = SharedClock(path)
    assert clock.now_ms() == MORNING_S * 1000
    an_hour_ago = time.time() - 3600
    set_clock(path, sim=MORNING_S, rate=24, real=an_hour_ago)
    assert 0 <= clock.now_ms() - (MORNING_S + 24 * 3600) * 1000 < 24 * 60_000


def test_law_10_another_process_reads_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, sim=MORNING_S, rate=0, real=1)
    code = (
        "import sys, pathlib; from careline.engines.clock import SharedClock;"
        " print(SharedClock(pathlib.Path(sys.argv[1])).now_ms())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert int(told.stdout) == SharedClock(path).now_ms()


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        "",
        '{"anchor_real": 1',
        '{"anchor_real": 1, "rate": 1}',
        "[]",
        '{"anchor_real": "x", "anchor_sim": 1, "rate": 1}',
    ],
)
def test_a_file_that_goes_bad_later_leaves_the_clock_running(tmp_path: Path, spoilt: str | None) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, sim=MORNING_S, rate=0, real=1)
    clock = SharedClock(path)
    path.unlink()
    if spoilt is not None:
        path.write_text(spoilt)
    assert clock.now_ms() == MORNING_S * 1000
    set_clock(path, sim=MORNING_S + 60, rate=0, real=1)
    assert clock.now_ms() == (MORNING_S + 60) * 1000
    path.write_text(spoilt or "")
    with pytest.raises(ValueError, match=r"clock\.json is no clock"):
        SharedClock(path)
