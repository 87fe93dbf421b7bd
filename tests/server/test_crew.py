"""A task that crashes is started again and says why; stopping asks everybody once and names who did not come."""

from __future__ import annotations

import threading

from structlog.testing import capture_logs

from careline.server.crew import Crew
from support.processes import wait_until


def test_a_crashed_task_is_started_again_with_its_reason() -> None:
    crew, runs = Crew(), []

    def task(stop: threading.Event) -> None:
        runs.append(threading.current_thread().name)
        if len(runs) < 3:
            raise ValueError("odd")
        stop.wait()

    with capture_logs() as lines:
        crew.start("pump", task)
        wait_until(lambda: len(runs) == 3)
        assert crew.stop(5) == []
    assert runs == ["pump"] * 3
    assert [(line["event"], line["task"]) for line in lines] == [("task_crashed", "pump")] * 2


def test_a_task_that_just_returns_is_started_again_too() -> None:
    crew, runs = Crew(), []
    with capture_logs() as lines:
        crew.start("pump", lambda _stop: runs.append(1))
        wait_until(lambda: len(runs) == 2)
        crew.stop(5)
    assert {line["event"] for line in lines} == {"task_returned"}


def test_one_that_crashes_leaves_the_others_alone() -> None:
    crew, alive = Crew(), threading.Event()

    def fails(_stop: threading.Event) -> None:
        raise RuntimeError

    def lives(stop: threading.Event) -> None:
        alive.set()
        stop.wait()

    with capture_logs():
        crew.start("fails", fails)
        crew.start("lives", lives)
        assert alive.wait(5)
        assert crew.stop(5) == []


def test_stopping_wakes_sleepers_and_names_who_is_late() -> None:
    crew, woken, forever = Crew(), threading.Event(), threading.Event()
    crew.start("sleeper", lambda _stop: woken.wait() and None)
    crew.start("deaf", lambda _stop: forever.wait() and None)
    with capture_logs():
        assert crew.stop(1, wake=woken.set) == ["deaf"]
    forever.set()
