"""A clock that moves only when a test says so (law 10)."""

from __future__ import annotations

#: Monday, 2 November 2026, 09:00 UTC: a working morning, far from any edge of the calendar.
MORNING_MS = 1_793_610_000_000


class FixedClock:
    """A `ports.clock.Clock` for tests."""

    def __init__(self, now_ms: int = MORNING_MS) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self._now_ms

    def advance(self, ms: int = 0, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> int:
        """Move on (or back, with a negative number); return the new time in ms."""
        self._now_ms += ms + round(1000 * (seconds + 60 * minutes + 3600 * hours + 86_400 * days))
        return self._now_ms
