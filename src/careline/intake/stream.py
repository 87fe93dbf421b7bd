"""The app's live stream, for a desk without a public address: each line goes through the same log as a webhook.

A stream has no acknowledgement: a line that is not on disk when the process dies is gone. So every connect asks for
the last five minutes again, and tells the lists to be asked (law 1); what comes twice does no harm (law 2).
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from django.db import close_old_connections

from careline.channels.base import Channel, HttpCall
from careline.intake.committer import Committer
from careline.network.sign import NoCredentials
from careline.network.stream import StreamBroken, StreamRefused
from careline.ports.clock import Clock
from careline.ports.event_log import LogUnavailable, RawEvent

_log = structlog.get_logger("careline.intake.stream")

_BACKFILL_MINUTES = 5
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
#: Lines that may be on their way to the disk at once.
_IN_FLIGHT = 64
#: How soon a thread that waits notices that it shall end.
_LOOK_S = 0.5
#: How often the lists are asked beside a stream that stands, and in place of one that does not.
_ASK_EVERY_S, _ASK_WHILE_DOWN_S = 600.0, 120.0


class Lines(Protocol):
    """An open stream (network.stream.Stream)."""

    def __iter__(self) -> Iterator[bytes]:
        """Lines without their ends; b"" is a heart-beat. Raises StreamBroken, also after 45 s of silence."""
        ...

    def stop(self) -> None:
        """End it, from any thread."""
        ...


@dataclass(slots=True)
class Feed:
    """The stream of one app. `open_stream` and `ask_lists` are bound to it by the composition root.

    `read` and `keep_asking` each belong to a thread of their own; an app without a stream only needs the second.
    """

    workspace_id: int
    app_id: int
    channel: Channel
    clock: Clock
    committer: Committer
    open_stream: Callable[[HttpCall], AbstractContextManager[Lines]]
    ask_lists: Callable[[], None]
    arrived: Callable[[], None]
    connected: threading.Event = field(default_factory=threading.Event)
    _ask_now: threading.Event = field(default_factory=threading.Event)
    _reading: bool = False
    _backfill: int = _BACKFILL_MINUTES
    _failures: int = 0

    def read(self, stop: threading.Event) -> None:
        """Connect, read, connect again, until `stop` is set."""
        self._reading = True
        while not stop.is_set():
            close_old_connections()
            try:
                self._connect(stop)
            except StreamRefused as error:
                self._refused(error)
            except (StreamBroken, NoCredentials, LogUnavailable) as error:
                _log.warning("stream_down", app_id=self.app_id, error=type(error).__name__)
            self._failures += 1
            stop.wait(self._wait_s())

    def keep_asking(self, stop: threading.Event) -> None:
        """Ask the lists at the start, after every connect, and slowly in between, until `stop` is set."""
        while not stop.is_set():
            self._ask_now.clear()
            close_old_connections()
            self.ask_lists()
            down = self._reading and not self.connected.is_set()
            _wait_for_either(self._ask_now, stop, _ASK_WHILE_DOWN_S if down else _ASK_EVERY_S)

    def _connect(self, stop: threading.Event) -> None:
        with self.open_stream(self.channel.stream(self._backfill)) as lines, _ended_with(stop, lines):
            self.connected.set()
            self._ask_now.set()
            _log.info("stream_up", app_id=self.app_id)
            try:
                self._take(lines)
            finally:
                self.connected.clear()

    def _take(self, lines: Lines) -> None:
        """Log each line. A line that could not be logged ends the stream, so that it is asked for again."""
        flying: deque[Future[list[int]]] = deque()

        def landed(future: Future[list[int]]) -> None:
            lines.stop() if future.exception() else self.arrived()

        for line in lines:
            self._failures = 0
            if line.strip():
                flying.append(self.committer.submit([self._event(line)]))
                flying[-1].add_done_callback(landed)
            while flying and (len(flying) > _IN_FLIGHT or flying[0].done()):
                flying.popleft().result()
        for future in flying:
            future.result()

    def _event(self, line: bytes) -> RawEvent:
        return RawEvent(self.workspace_id, self.app_id, self.channel.name, "stream", self.clock.now_ms(), line)

    def _refused(self, error: StreamRefused) -> None:
        _log.warning("stream_refused", app_id=self.app_id, status=error.reply.status)
        # Backfill is not promised to every app (law 9): where it is refused, the lists alone fill the gap.
        self._backfill = 0 if error.reply.status == 400 else self._backfill

    def _wait_s(self) -> float:
        longest = min(_FIRST_WAIT_S * 2.0 ** min(self._failures - 1, 10), _LONGEST_WAIT_S)
        return random.uniform(longest / 2, longest)  # noqa: S311  (jitter, no secret)


@contextmanager
def _ended_with(stop: threading.Event, lines: Lines) -> Iterator[None]:
    """While inside, setting `stop` ends the stream, which otherwise sits in a read for up to 45 s."""
    over = threading.Event()

    def watch() -> None:
        _wait_for_either(stop, over, None)
        if stop.is_set():
            lines.stop()

    watcher = threading.Thread(target=watch, name="stream-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _wait_for_either(one: threading.Event, other: threading.Event, timeout_s: float | None) -> None:
    """Until one of the two is set or the time is over."""
    end = None if timeout_s is None else time.monotonic() + timeout_s
    while not (one.is_set() or other.is_set()) and (end is None or time.monotonic() < end):
        one.wait(_LOOK_S)
