"""Group commit: many who wait for the disk share one fsync (law 1: told "received" only after the commit).

One thread writes. Whatever came in while it was committing goes into its next commit, so the batch grows with the
load by itself and a lone event waits for nobody. A failed commit fails everyone who waited for it: they are told to
come again, and what a network sends twice is harmless (law 2).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import structlog

from careline.ports.event_log import EventLog, LogUnavailable, RawEvent

_log = structlog.get_logger("careline.intake.committer")

Seqs = list[int]


class QueueFull(LogUnavailable):
    """More is waiting for the disk than the queue holds; nothing of the call was kept."""


@dataclass(frozen=True, slots=True)
class _Waiter:
    events: Sequence[RawEvent]
    size: int
    future: Future[Seqs] | asyncio.Future[Seqs]
    loop: asyncio.AbstractEventLoop | None

    def settle(self, result: Seqs | LogUnavailable) -> None:
        """Called in the future's own thread."""
        if self.future.done():
            return
        if isinstance(result, LogUnavailable):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


Settled = list[tuple[_Waiter, Seqs | LogUnavailable]]


class Committer:
    """Owns the one writing thread of a process.

    `max_events`, `max_bytes`: what may wait; beyond it callers get QueueFull at once. `batch`: events in a commit.
    """

    def __init__(self, log: EventLog, *, max_events: int = 4096, max_bytes: int = 64_000_000, batch: int = 512) -> None:
        self._log = log
        self._max_events, self._max_bytes, self._batch = max_events, max_bytes, batch
        self._waiting: deque[_Waiter] = deque()
        self._events = self._bytes = 0
        self._changed = threading.Condition()
        self._open = True
        self._waking: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    def full(self) -> bool:
        """Whether a further event would be refused just now."""
        return self._events >= self._max_events or self._bytes >= self._max_bytes

    async def commit(self, event: RawEvent) -> int:
        """Wait until `event` is durable; return its seq. Raises QueueFull or LogUnavailable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Seqs] = loop.create_future()
        self._enter(_Waiter((event,), len(event.payload), future, loop))
        # Woken once a turn of the loop, not once an event: the writer would take the interpreter's lock away from
        # requests that are ready to be read into the same commit (measured: a tenth of the rate).
        if self._waking is not loop:
            self._waking = loop
            loop.call_soon(self._wake)
        return (await future)[0]

    def append(self, events: Sequence[RawEvent]) -> Seqs:
        """The same for a thread that may block. Raises QueueFull or LogUnavailable."""
        return self.submit(events).result() if events else []

    def submit(self, events: Sequence[RawEvent]) -> Future[Seqs]:
        """The same for a thread that has more to hand in first. Raises QueueFull; the future LogUnavailable."""
        future: Future[Seqs] = Future()
        self._enter(_Waiter(events, sum(len(event.payload) for event in events), future, None))
        self._wake()
        return future

    def close(self) -> None:
        """Take nothing more, commit what waits, and end the thread."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        self._thread.join()

    def _enter(self, waiter: _Waiter) -> None:
        with self._changed:
            if not self._open or self.full():
                raise QueueFull("Too many events are waiting for the disk." if self._open else "Intake is closing.")
            self._waiting.append(waiter)
            self._events += len(waiter.events)
            self._bytes += waiter.size

    def _wake(self) -> None:
        with self._changed:
            self._waking = None
            self._changed.notify()

    def _run(self) -> None:
        while batch := self._take():
            _tell(self._write(batch))

    def _take(self) -> list[_Waiter]:
        """The next batch: at least one waiter, then as many as fit; empty when closed and done."""
        with self._changed:
            while self._open and not self._waiting:
                self._changed.wait()
            taken: list[_Waiter] = []
            count = 0
            while self._waiting and (not taken or count + len(self._waiting[0].events) <= self._batch):
                waiter = self._waiting.popleft()
                count += len(waiter.events)
                self._bytes -= waiter.size
                taken.append(waiter)
            self._events -= count
            return taken

    def _write(self, batch: list[_Waiter]) -> Settled:
        try:
            seqs = self._log.append([event for waiter in batch for event in waiter.events])
        except LogUnavailable as error:
            _log.error("commit_failed", waiters=len(batch), error=str(error))
            return [(waiter, error) for waiter in batch]
        except Exception as error:
            # The thread must outlive a fault of its engine: nobody else could tell the waiters.
            _log.exception("commit_failed", waiters=len(batch))
            return [(waiter, LogUnavailable(f"The event log failed: {error}.")) for waiter in batch]
        given = iter(seqs)
        return [(waiter, [next(given) for _ in waiter.events]) for waiter in batch]


def _tell(settled: Settled) -> None:
    """Wake the waiters: one wake-up for each event loop, however many wait in it."""
    loops: dict[asyncio.AbstractEventLoop, Settled] = {}
    for waiter, result in settled:
        if waiter.loop is None:
            waiter.settle(result)
        else:
            loops.setdefault(waiter.loop, []).append((waiter, result))
    for loop, part in loops.items():
        _resume(loop, part)


def _resume(loop: asyncio.AbstractEventLoop, settled: Settled) -> None:
    def settle(*_: Any) -> None:
        for waiter, result in settled:
            waiter.settle(result)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        _log.warning("loop_gone", waiters=len(settled))
