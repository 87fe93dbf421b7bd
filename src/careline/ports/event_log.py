"""The raw log: every event as it came, on disk before anyone is told "received" (law 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event before it is logged. `source`: "webhook", "stream", "list" (asked for) or "file"."""

    workspace_id: int
    app_id: int
    network: str
    source: str
    received_ms: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event with its place. `redacted`: the reason why its payload was replaced, or ""."""

    seq: int
    workspace_id: int
    app_id: int
    network: str
    source: str
    received_ms: int
    payload: bytes
    redacted: str = ""


class LogUnavailable(Exception):
    """The log could not take or give events (disk full, database gone). Nothing of the call was kept."""


class EventLog(Protocol):
    """Append-only but for redaction, and for a sandbox that is left (docs/adr/0008).

    Laws: when `append` returns, the events survive a power cut, or it raised `LogUnavailable` and none of them is
    there. `seq` rises in commit order over all writers, so that a reader who has seen N never misses a later,
    smaller number. No seq is ever used twice, not even that of an event that was forgotten. Several processes may
    append at once.
    """

    def epoch(self) -> str:
        """A random name given to this log at its making and again at each restore."""
        ...

    def append(self, events: Sequence[RawEvent]) -> list[int]:
        """Keep `events`, durably and together; return their seqs. Raises LogUnavailable."""
        ...

    def read(self, after: int, limit: int) -> list[LoggedEvent]:
        """Events with seq > `after`, rising, at most `limit`."""
        ...

    def get(self, seqs: Sequence[int]) -> list[LoggedEvent]:
        """The events with these seqs, rising; unknown ones are left out."""
        ...

    def head(self) -> int:
        """The highest seq, or 0."""
        ...

    def redact(self, seq: int, payload: bytes, reason: str) -> None:
        """Replace the payload of `seq` for good (old bytes are overwritten, not kept in a free page)."""
        ...

    def count(self, workspace_id: int) -> int:
        """How many events are this workspace's. Looks at every event: for an operator, not for a page."""
        ...

    def forget(self, workspace_id: int) -> int:
        """Remove all events of this workspace for good, none of another; how many there were.

        For a sandbox alone, in which nobody real ever wrote: whoever calls makes sure of that, and that no reader or
        writer is at work. All or none; called again it finishes what a power cut interrupted.
        """
        ...

    def renew_epoch(self) -> str:
        """Give the log a new epoch (after a restore); returns it."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
