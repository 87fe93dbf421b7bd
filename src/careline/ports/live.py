"""Live news: a poke from whoever wrote, which may be lost, and the table of changes, which is the truth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


class Poke(Protocol):
    """Laws: never raises, never blocks a writer for more than a few milliseconds."""

    def __call__(self, workspace_id: int) -> None:
        """Say that this workspace has new changes."""
        ...


@dataclass(frozen=True, slots=True)
class Changed:
    """One row of the table of changes. `what`: "conversation", "message", "gone" or "health"."""

    seq: int
    what: str
    conversation_id: int | None = None
    message_id: int | None = None


class Changes(Protocol):
    """Reads the table of changes for the tail; used by one thread.

    Laws: a seq is given out under a lock that its transaction holds to the end, so whoever sees N has all before it;
    there are no holes but those that pruning made at the old end.
    """

    def heads(self, workspace_ids: Collection[int]) -> dict[int, int]:
        """The last seq of each of these workspaces (0 before the first change)."""
        ...

    def read(self, workspace_id: int, after: int, limit: int) -> list[Changed]:
        """Changes with seq > `after`, rising, at most `limit`."""
        ...

    def let_go(self) -> None:
        """Drop the connection: after an error, and when nobody is looking."""
        ...
