"""What became of everything that came in, by outcome: the counted trace that doctor and health show (law 1)."""

from __future__ import annotations

import threading
from collections import Counter


class Counts:
    """Counts outcomes ("accepted", "forged", "too_large" ...) over all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, outcome: str, number: int = 1) -> int:
        """Count it; return how often it has happened by now."""
        with self._lock:
            self._counts[outcome] += number
            return self._counts[outcome]

    def snapshot(self) -> dict[str, int]:
        """The counts as they stand."""
        with self._lock:
            return dict(self._counts)


def worth_a_line(count: int) -> bool:
    """True for 1, 2, 4, 8 ...: a flood of forgeries fills the counter, not the disk with log lines."""
    return count & (count - 1) == 0
