"""From the log to the desk: reads on from its cursor, in batches, for as long as the process lives (law 1).

The cursor lies in the desk's database and moves in the transaction of the effects. The log is another file, so it may
be another one than last time (a restore): then epoch or digest differ, and the pump reads from the start, which does
no harm because keeping a fact twice changes nothing (law 2).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

import structlog
from django.db import close_old_connections, connections

from careline.actions.context import Actor, Desk
from careline.actions.receive import CursorMove
from careline.actions.set_aside import check_may_retry, take_back
from careline.channels.base import Channel
from careline.intake.reading import DATABASE_AWAY, Read, Reader
from careline.intake.redaction import redact, sweep
from careline.ports.event_log import EventLog, LoggedEvent, LogUnavailable
from careline.store.models import Cursor, SetAside
from careline.store.scoped import scoped

_log = structlog.get_logger("careline.intake.pump")

NAME = "pump"
#: Most and fewest events of a batch. In between, its size follows the time that batches take, so that one write
#: transaction holds SQLite's lock for some 50 ms and no agent's click waits long for it (docs/architecture.md).
BATCH, _SMALLEST = 200, 40
_HOLD_S = 0.05
_WAKE_S = 0.25
#: Between batches, so that others get SQLite's lock: whoever waits for it only looks now and then (sqlite3's timeout).
_BREATH_S = 0.01
_BACK_OFF_S = (0.25, 1.0, 3.0, 10.0, 30.0)


class Pump:
    """One reader of one log. `poke` wakes it; `run` belongs to a thread of its own."""

    def __init__(self, *, log: EventLog, channels: Mapping[str, Channel], desk: Desk) -> None:
        self._log, self._channels, self._desk = log, channels, desk
        self._poked = threading.Event()
        self._seq: int | None = None
        self._owing = True
        self._failures = 0
        self._size = BATCH

    def poke(self) -> None:
        """There may be something new: look now."""
        self._poked.set()

    def step(self) -> int:
        """Read one batch; return how many events it had. Raises LogUnavailable or the database's errors."""
        if self._seq is None:
            self._seq = position(self._log)
        events = self._log.read(self._seq, self._size)
        if events:
            began = time.monotonic()
            self._take(events)
            self._seq = events[-1].seq
            self._adapt(time.monotonic() - began)
        elif self._owing:
            sweep(self._log, self._channels)
            self._owing = False
        self._failures = 0
        return len(events)

    def run(self, stop: threading.Event) -> None:
        """Read on until `stop` is set (call `poke` after setting it)."""
        while not stop.is_set():
            self._poked.clear()
            wait_s = self._step_or_wait()
            if wait_s == _BREATH_S:
                time.sleep(wait_s)
            elif not stop.is_set():
                self._poked.wait(wait_s)
        connections.close_all()

    def _adapt(self, took_s: float) -> None:
        if took_s > _HOLD_S:
            self._size = max(self._size // 2, _SMALLEST)
        elif took_s < _HOLD_S / 2:
            self._size = min(self._size * 2, BATCH)

    def _step_or_wait(self) -> float:
        """One step; seconds to wait before the next."""
        close_old_connections()
        try:
            return _BREATH_S if self.step() else _WAKE_S
        except (LogUnavailable, *DATABASE_AWAY) as error:
            _log.warning("pump_waits", error=type(error).__name__, failures=self._failures + 1)
        except Exception:
            _log.exception("pump_failed", failures=self._failures + 1)
        # The next step asks the cursor again: this one may have moved it before it failed.
        self._seq = None
        self._failures += 1
        return _BACK_OFF_S[min(self._failures, len(_BACK_OFF_S)) - 1]

    def _take(self, events: Sequence[LoggedEvent]) -> None:
        """Workspace by workspace; the cursor moves with the last, so a crash in between repeats and loses nothing."""
        move = CursorMove(NAME, self._log.epoch(), events[-1].seq, digest(events[-1]))
        groups = _by_workspace(events)
        # An error that stays although the database answers is an event's (a statement too large for it, say).
        reader = Reader(self._desk, self._channels, blame_events=self._failures >= len(_BACK_OFF_S))
        for place, (workspace_id, group) in enumerate(groups, 1):
            read = reader.take(workspace_id, group, move if place == len(groups) else None)
            self._redact(workspace_id, read)

    def _redact(self, workspace_id: int, read: Read) -> None:
        try:
            if read.redact:
                redact(self._log, self._channels, workspace_id, read.redact)
        except LogUnavailable:
            _log.warning("redaction_owed", workspace_id=workspace_id, events=len(read.redact))
            self._owing = True


def position(log: EventLog) -> int:
    """The seq after which to read on: the cursor's, if this is the log it was written for, else 0."""
    cursor = Cursor.objects.filter(name=NAME).first()
    if cursor is None or cursor.epoch != log.epoch():
        return 0
    there = log.get([cursor.seq])
    if not there or digest(there[0]) != cursor.digest:
        return 0
    return cursor.seq


def digest(event: LoggedEvent) -> str:
    """A name for this event and no other. Its payload has no part in it: redaction may replace that."""
    parts = (event.seq, event.workspace_id, event.app_id, event.network, event.source, event.received_ms)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def retry_set_aside(
    log: EventLog, channels: Mapping[str, Channel], desk: Desk, actor: Actor, *, seqs: Iterable[int] | None = None
) -> tuple[int, int]:
    """Try set-aside events of the actor's workspace again (all of them, or `seqs`); (how many went in, how many not).

    Raises Denied. Events whose place in the log is gone stay set aside.
    """
    check_may_retry(actor)
    rows = scoped(SetAside, actor.workspace_id)
    wanted = sorted((rows if seqs is None else rows.filter(seq__in=list(seqs))).values_list("seq", flat=True))
    reader, kept = Reader(desk, channels, blame_events=True), 0
    for start in range(0, len(wanted), BATCH):
        events = [one for one in log.get(wanted[start : start + BATCH]) if one.workspace_id == actor.workspace_id]
        read = reader.take(actor.workspace_id, events)
        take_back(desk, actor.workspace_id, read.kept)
        redact(log, channels, actor.workspace_id, read.redact)
        kept += len(read.kept)
    return kept, len(wanted) - kept


def _by_workspace(events: Sequence[LoggedEvent]) -> list[tuple[int, list[LoggedEvent]]]:
    ordered = sorted(events, key=attrgetter("workspace_id", "seq"))
    return [(workspace_id, list(group)) for workspace_id, group in groupby(ordered, key=attrgetter("workspace_id"))]
