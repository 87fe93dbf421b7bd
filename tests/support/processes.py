"""Real processes for tests: started, waited for by a condition, stopped by their own id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: The source that is tested, wherever the environment's own copy lies.
SOURCES = os.pathsep.join((str(TESTS.parent / "src"), str(TESTS)))


def free_port() -> int:
    """A TCP port on loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], object], within: float = 15, what: str = "") -> None:
    """Return as soon as `condition()` holds; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, what or "this did not come true in time"
        time.sleep(0.005)


class Process:
    """A Python module in a process of its own, with the test's environment and what is added to it."""

    def __init__(
        self, module: str, *arguments: object, env: Mapping[str, str] | None = None, quiet: bool = False
    ) -> None:
        command: Sequence[str] = [sys.executable, "-m", module, *map(str, arguments)]
        added = {"PYTHONPATH": SOURCES, "DJANGO_SETTINGS_MODULE": "careline.server.settings", **(env or {})}
        said = subprocess.DEVNULL if quiet else None
        self._process = subprocess.Popen(
            command, env={**os.environ, **added}, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_for_port(self, port: int) -> None:
        """Until it answers there; fails at once if it has died. A crowded machine may take long to start it."""
        wait_until(lambda: self._alive() and answers(port), within=60, what=f"nothing answers on port {port}")

    def _alive(self) -> bool:
        assert self._process.poll() is None, f"the process ended with {self._process.returncode}"
        return True

    def stop(self, within: float = 10) -> int:
        """SIGTERM; its exit status. Fails if it does not end in time."""
        self._process.terminate()
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def kill(self) -> None:
        """SIGKILL, whatever state it is in."""
        self._process.kill()
        self._process.wait()
