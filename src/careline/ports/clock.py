"""Time is injected (law 10): sandbox, web and worker can share one clock that runs as fast as a test wants."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Laws: `now_ms` never raises; two processes given the same source agree to within a millisecond."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...
