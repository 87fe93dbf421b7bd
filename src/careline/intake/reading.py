"""One batch of logged events into one workspace: parsed, kept, and what cannot be set aside (law 1).

A bad event is found by halving: the batch is tried whole, then in halves, down to the one that fails. What is wrong
with the database is not the event's fault, so its errors are passed on and the batch is tried again later.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import InterfaceError, OperationalError

from careline.actions.context import Desk
from careline.actions.receive import CursorMove, Received, receive
from careline.actions.set_aside import set_aside
from careline.channels.base import Channel
from careline.ports.event_log import LoggedEvent

_log = structlog.get_logger("careline.intake.pump")

#: The database is away, locked or full. Waiting helps, setting events aside would not.
DATABASE_AWAY = (OperationalError, InterfaceError)


@dataclass(slots=True)
class Read:
    """What became of events: `kept` and `passed_over` seqs, `fresh` messages, `redact`: (seq, reason) owed."""

    kept: list[int] = field(default_factory=list)
    passed_over: list[int] = field(default_factory=list)
    fresh: int = 0
    redact: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads events of the log into the desk. `blame_events`: errors of the database count as the events' own."""

    desk: Desk
    channels: Mapping[str, Channel]
    blame_events: bool = False

    def take(self, workspace_id: int, events: Sequence[LoggedEvent], cursor: CursorMove | None = None) -> Read:
        """Keep `events` (at most 200) of one workspace; the cursor moves with them, or after them when some fail.

        Raises what the database raises when it is away; then the cursor has not moved.
        """
        read = Read()
        received = [one for event in events if (one := self._parsed(workspace_id, event, read)) is not None]
        if not self._keep_whole(workspace_id, received, read, cursor):
            self._halve(workspace_id, received, read)
            self._keep_whole(workspace_id, [], read, cursor)
        return read

    def _parsed(self, workspace_id: int, event: LoggedEvent, read: Read) -> Received | None:
        channel = self.channels.get(event.network)
        if channel is None:
            self._pass_over(workspace_id, event.seq, f"There is no channel for {event.network[:20]!r}.", read)
            return None
        try:
            parsed = channel.parse(event.payload)
        except ValueError as error:
            self._pass_over(workspace_id, event.seq, str(error), read)
        except Exception as error:
            self._pass_over(workspace_id, event.seq, _where(error, "reading"), read)
        else:
            return Received(seq=event.seq, parsed=parsed, source=event.source, network=event.network)
        return None

    def _keep_whole(self, workspace_id: int, events: list[Received], read: Read, cursor: CursorMove | None) -> bool:
        if not events and cursor is None:
            return True
        try:
            receipt = receive(self.desk, workspace_id, events, cursor)
        except Exception as error:
            if not events or (isinstance(error, DATABASE_AWAY) and not self.blame_events):
                raise
            if len(events) == 1:
                self._pass_over(workspace_id, events[0].seq, _where(error, "keeping"), read)
            return False
        read.kept += [event.seq for event in events]
        read.fresh += receipt.fresh
        read.redact += receipt.redact
        return True

    def _halve(self, workspace_id: int, events: list[Received], read: Read) -> None:
        if len(events) < 2:
            return
        middle = len(events) // 2
        for half in (events[:middle], events[middle:]):
            if not self._keep_whole(workspace_id, half, read, None):
                self._halve(workspace_id, half, read)

    def _pass_over(self, workspace_id: int, seq: int, reason: str, read: Read) -> None:
        _log.warning("set_aside", seq=seq, workspace_id=workspace_id)
        set_aside(self.desk, workspace_id, seq=seq, reason=reason)
        read.passed_over.append(seq)


def _where(error: Exception, doing: str) -> str:
    """The kind of error and its place in our code. Not its text: a database quotes what customers wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "careline" in frame.filename] or frames
    place = f"{ours[-1].filename.rpartition('careline/')[2]}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} while {doing} it ({place})."
