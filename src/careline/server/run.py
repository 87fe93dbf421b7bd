"""Keeps the processes of an install alive: starts them, starts again what dies, and stops all of them cleanly.

Nothing is lost when one is killed (law 1), so a restart needs no ceremony. The children sit in process groups of
their own: Ctrl-C reaches the supervisor alone, which stops them in order; and should the supervisor itself be killed,
the kernel tells them (prctl PR_SET_PDEATHSIG, man 2 prctl), so that no orphan keeps a port.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog

_log = structlog.get_logger("careline.run")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1
_LARGE_LOG = 20_000_000
_STOP_WITHIN_S = 8.0
_FIRST_WAIT_S, _LONGEST_WAIT_S, _HEALTHY_S = 0.2, 30.0, 30.0


@dataclass(slots=True)
class _Child:
    name: str
    command: Sequence[str]
    log: Path | None
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    again_at: float = 0.0
    restarts: int = 0
    wait_s: float = field(default=_FIRST_WAIT_S)


class Supervisor:
    """One-threaded; from the moment it is made, stop signals wait for `wait` to notice them."""

    def __init__(self) -> None:
        self._children: list[_Child] = []
        self._asked = False
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def start(self, name: str, command: Sequence[str], log: Path | None = None) -> None:
        """Start a child and keep it running until `stop`; what it writes goes to the file `log`, or where ours goes."""
        child = _Child(name, command, log)
        self._children.append(child)
        _spawn(child)

    def pid(self, name: str) -> int | None:
        """The child's process id while it runs."""
        for child in self._children:
            if child.name == name and child.process is not None and child.process.poll() is None:
                return child.process.pid
        return None

    def restarts(self, name: str) -> int:
        """How often the child had to be started again."""
        return sum(child.restarts for child in self._children if child.name == name)

    def wait(self, timeout_s: float) -> bool:
        """Sleep at most so long, restarting what died; True as soon as somebody asked us to stop."""
        deadline = time.monotonic() + timeout_s
        while not self._asked and (left := min(deadline, self._next_start()) - time.monotonic()) > 0:
            caught = signal.sigtimedwait(_SIGNALS, left)
            self._asked |= caught is not None and caught.si_signo != signal.SIGCHLD
            self._look()
        self._look()
        return self._asked

    def stop(self) -> list[str]:
        """End the children, the last started first; the names of those that had to be killed."""
        killed = [child.name for child in reversed(self._children) if not _end(child)]
        self._children.clear()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return killed

    def _next_start(self) -> float:
        return min((child.again_at for child in self._children if child.process is None), default=float("inf"))

    def _look(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._died(child, child.process.returncode, now)
            if child.process is None and now >= child.again_at and not self._asked:
                _spawn(child)

    def _died(self, child: _Child, status: int, now: float) -> None:
        if now - child.begun > _HEALTHY_S:
            child.wait_s = _FIRST_WAIT_S
        _log.warning("process_ended", role=child.name, status=status, again_in_s=child.wait_s)
        child.process, child.again_at, child.restarts = None, now + child.wait_s, child.restarts + 1
        child.wait_s = min(child.wait_s * 2, _LONGEST_WAIT_S)


def role_command(role: str) -> list[str]:
    """How to start one role of this install as a process of its own."""
    return [sys.executable, "-m", "careline.cli", "run", "--role", role]


def run_all() -> None:
    """`careline run --role all`: web and worker, until Ctrl-C or SIGTERM."""
    supervisor = Supervisor()
    try:
        for role in ("web", "worker"):
            supervisor.start(role, role_command(role))
        while not supervisor.wait(3600):
            pass
    finally:
        supervisor.stop()


def _spawn(child: _Child) -> None:
    child.begun = time.monotonic()
    with _output(child.log) as output:
        child.process = subprocess.Popen(  # noqa: S603  (our own interpreter and modules)
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
            preexec_fn=_before_exec,  # noqa: PLW1509  (this process has one thread)
        )


@contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    """Where a child writes. A file that has grown large is put aside, one generation deep."""
    if log is None:
        yield None
        return
    if log.exists() and log.stat().st_size > _LARGE_LOG:
        log.replace(log.with_suffix(".old.log"))
    with log.open("ab") as file:
        yield file


def _before_exec() -> None:
    """In the child: take signals again, and end with the supervisor."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(child: _Child) -> bool:
    if child.process is None or child.process.poll() is not None:
        return True
    child.process.terminate()
    try:
        child.process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()
        return False
    return True
