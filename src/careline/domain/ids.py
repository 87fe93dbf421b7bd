"""64-bit ids that sort by time and need no database sequence, so that rows can be made anywhere.

Layout, high to low: 41 bits of milliseconds since 2024-01-01 UTC, 14 bits of node, 8 bits of counter.
"""

from __future__ import annotations

import secrets
import threading

EPOCH_MS = 1_704_067_200_000
_NODE_BITS = 14
_COUNTER_BITS = 8


class IdMaker:
    """Makes ids that rise strictly within one maker. `node` tells processes apart; random by default.

    Two processes share a node once in 16,384 starts, and clash only if they also fill the same table in the same
    millisecond; the primary key then refuses the second, whose transaction fails whole.
    """

    def __init__(self, node: int | None = None) -> None:
        self._node = secrets.randbelow(1 << _NODE_BITS) if node is None else node % (1 << _NODE_BITS)
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self, now_ms: int) -> int:
        """Return a fresh id for the time `now_ms` (ms since 1970). Runs ahead of a clock that stands still."""
        tick = max(now_ms - EPOCH_MS, 0) << _COUNTER_BITS
        with self._lock:
            self._last = max(self._last + 1, tick)
            tick = self._last
        stamp, counter = tick >> _COUNTER_BITS, tick & ((1 << _COUNTER_BITS) - 1)
        return ((stamp << _NODE_BITS) | self._node) << _COUNTER_BITS | counter


make_id = IdMaker()
