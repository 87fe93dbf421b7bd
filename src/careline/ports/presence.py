"""Who is at which conversation right now, and doing what: so that two people do not answer one customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Doing(StrEnum):
    """What somebody does at a conversation. Writing is reading too."""

    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody at a conversation, until (ms of the engine's clock) they would have to be heard of again."""

    user_id: int
    doing: Doing
    until_ms: int


class Presence(Protocol):
    """Laws: never a source of truth (it forgets everything when its process ends, and decides nothing).

    Whoever is not heard of again is gone by themselves; a workspace is a wall (law 7). Callable from any thread.
    """

    def report(self, *, workspace_id: int, conversation_id: int, user_id: int, tab: str, doing: Doing | None) -> None:
        """One tab of somebody's browser is there and does this; None: it has left."""
        ...

    def who(self, workspace_id: int) -> dict[int, tuple[Present, ...]]:
        """Everybody in a workspace, by conversation; each person once, the longest there first."""
        ...

    def now_ms(self) -> int:
        """The time in which `Present.until_ms` is told."""
        ...
