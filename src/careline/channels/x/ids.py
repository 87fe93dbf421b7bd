"""X's ids carry their time, which lets lists be read "from here on" and gives one message one moment.

A snowflake holds the milliseconds since 2010-11-04T01:42:54.657Z in its high bits (22 low bits are worker and
counter). docs.x.com, fundamentals/x-ids.
"""

from __future__ import annotations

EPOCH_MS = 1_288_834_974_657
_LOW_BITS = 22


def made_ms(network_id: str) -> int:
    """When X made this id, in ms since 1970."""
    return (int(network_id) >> _LOW_BITS) + EPOCH_MS


def first_id_at(at_ms: int) -> str:
    """The smallest id that X can make at `at_ms`; everything older has a smaller id."""
    return str(max(at_ms - EPOCH_MS, 0) << _LOW_BITS)


def newest(*ids: str | None) -> str | None:
    """The highest of these ids, or None."""
    return max((one for one in ids if one), key=int, default=None)
