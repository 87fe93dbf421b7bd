"""Snowflakes: 64-bit ids whose upper bits are the milliseconds since X's epoch.

Clients sort by id, page by id and read the time out of it, so the ids have to be the real kind. Every id is
strictly larger than the one before, also when the clock stands still or is set back.
"""

from __future__ import annotations

import threading

EPOCH_MS = 1_288_834_974_657
_LOW_BITS = 22
_REPLAY_FLAG = 1 << (_LOW_BITS - 1)


def first_at(at_ms: int) -> int:
    """The smallest id of a millisecond: ids of that moment and later are at least this."""
    return max(at_ms - EPOCH_MS, 0) << _LOW_BITS


class Snowflakes:
    """Mints ids. ``last`` is the largest id in use, ``minted`` how many rows exist (both from the world)."""

    def __init__(self, *, last: int = 0, minted: int = 0) -> None:
        self._last = last
        self._replayed = minted
        self._lock = threading.Lock()

    def mint(self, now_ms: int) -> int:
        """An id for something that happens now, larger than every id minted before."""
        with self._lock:
            self._last = max(first_at(now_ms), self._last + 1)
            return self._last

    def mint_past(self, at_ms: int) -> int:
        """An id for something that happened at ``at_ms``: for replays of recorded conversations.

        Rising with ``at_ms``, and with the order of calls within one millisecond. A flag bit keeps these ids
        apart from live ones of the same moment. Raises ValueError for times before X's epoch (4 Nov 2010).
        """
        if at_ms < EPOCH_MS:
            raise ValueError("no snowflake can be older than 4 November 2010")
        with self._lock:
            self._replayed += 1
            return first_at(at_ms) | _REPLAY_FLAG | (self._replayed % _REPLAY_FLAG)
