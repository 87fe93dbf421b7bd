"""Threads that are meant to run until the process stops: one that crashes is started again, with a logged reason.

Every task of the worker can be cut off anywhere and run again (laws 1 and 2), so starting again is always right; it
waits longer each time, so that a fault that stays does not fill the disk with log lines.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from django.db import connections

_log = structlog.get_logger("careline.crew")

#: A task: works until the event is set, then returns soon.
Task = Callable[[threading.Event], None]
_FIRST_WAIT_S, _LONGEST_WAIT_S, _HEALTHY_S = 0.5, 30.0, 60.0


class Crew:
    """The tasks of one process. `start` each, then `stop` them all."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, name: str, task: Task) -> None:
        """Run `task` in a thread of this name until `stop`."""
        thread = threading.Thread(target=self._keep_going, args=(name, task), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, within_s: float, wake: Callable[[], None] = lambda: None) -> list[str]:
        """Ask all to end, `wake` those that wait for something else, wait for them together; who did not make it."""
        self._stopping.set()
        wake()
        deadline = time.monotonic() + within_s
        for thread in list(self._threads):
            thread.join(max(deadline - time.monotonic(), 0))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _keep_going(self, name: str, task: Task) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            self._once(name, task)
            if time.monotonic() - begun > _HEALTHY_S:
                wait_s = _FIRST_WAIT_S
            self._stopping.wait(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    def _once(self, name: str, task: Task) -> None:
        try:
            task(self._stopping)
            if not self._stopping.is_set():
                _log.warning("task_returned", task=name)
        except Exception:
            _log.exception("task_crashed", task=name)
        finally:
            # A connection that failed half-way may hold a broken transaction; the next try gets a fresh one.
            connections.close_all()
