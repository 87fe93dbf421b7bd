"""Time that can be told: shared by processes, scaled, moved, and read while somebody writes it (law 10)."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest

from careline_sandbox.clock import Clock
from sandbox.served import COMMAND, free_port

SIM = 1_790_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "clock.json"


def tell(path, text, *, step):
    """Write the file, with a modification time that differs from the one before."""
    path.write_text(text)
    os.utime(path, ns=(step * 10**9, step * 10**9))


def anchors(sim, rate=0.0):
    return json.dumps({"anchor_real": time.time(), "anchor_sim": sim, "rate": rate})


def test_without_a_file_it_is_the_systems_time(path):
    for clock in (Clock(), Clock(path)):
        before = int(time.time() * 1000)
        assert before <= clock.now_ms() <= int(time.time() * 1000) + 1
        assert clock.rate == 1.0


def test_every_reader_sees_what_one_has_set(path):
    one, other = Clock(path), Clock(path)
    one.set(sim=SIM, rate=0)
    assert one.now_ms() == other.now_ms() == SIM * 1000
    other.set(rate=86_400)
    assert one.rate == 86_400
    first = one.now_ms()
    assert SIM * 1000 <= first < (SIM + 86_400 * 30) * 1000
    assert one.now_ms() >= first


def test_a_file_caught_half_written_changes_nothing(path):
    clock = Clock(path)
    tell(path, anchors(SIM), step=1)
    assert clock.now_ms() == SIM * 1000
    tell(path, '{"anchor_real": 17', step=2)
    assert clock.now_ms() == SIM * 1000
    tell(path, anchors(SIM + 60), step=3)
    assert clock.now_ms() == (SIM + 60) * 1000


@pytest.mark.parametrize(
    "text", ["", "noon", "[]", '{"anchor_real": 1}', '{"anchor_real": 1, "anchor_sim": null, "rate": 1}']
)
def test_a_file_that_never_was_a_clock_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(ValueError, match="is not a clock file"):
        Clock(path).now_ms()


def test_a_sandbox_does_not_start_on_it_and_says_so_in_one_line(path):
    path.write_text("noon")
    environment = {**os.environ, "CARELINE_CLOCK": str(path)}
    command = [*COMMAND, "serve", "--port", str(free_port())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is not a clock file" in done.stderr


def test_time_does_not_run_backwards(path):
    with pytest.raises(ValueError, match="backwards"):
        Clock(path).set(rate=-1)
    with pytest.raises(RuntimeError, match="CARELINE_CLOCK"):
        Clock().set(sim=SIM)
