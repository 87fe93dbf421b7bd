"""Letting some items fall behind others: what the fault ``reorder`` does to deliveries.

Nothing is lost by it: an item that waits for more followers than come is let go after a moment of quiet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_QUIET_S = 0.5
Item = TypeVar("Item")


@dataclass(slots=True)
class Shuffler(Generic[Item]):
    """Passes items on to ``forward``, each after the number of later ones that it was told to wait for."""

    forward: Callable[[Item], None]
    waiting: list[tuple[int, Item]] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None

    def put(self, item: Item, *, behind: int = 0) -> None:
        """Pass ``item`` on once ``behind`` later items have gone, or none has come for half a second."""
        if behind:
            self.waiting.append((behind, item))
        else:
            self.forward(item)
            self._one_passed()
        if self.waiting:
            self._restart_timer()

    def flush(self) -> None:
        """Let everything go that still waits."""
        waiting, self.waiting = self.waiting, []
        for _, item in waiting:
            self.forward(item)

    def close(self) -> None:
        """Forget what waits."""
        self.waiting.clear()
        if self.timer is not None:
            self.timer.cancel()

    def _one_passed(self) -> None:
        due = [item for left, item in self.waiting if left <= 1]
        self.waiting = [(left - 1, item) for left, item in self.waiting if left > 1]
        for item in due:
            self.forward(item)

    def _restart_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(_QUIET_S, self.flush)
