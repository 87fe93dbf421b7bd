"""How long the outbox waits for what. Pure numbers and arithmetic, so that the rules can be read in one place.

All times are milliseconds. X gives posts and DMs no idempotency key (docs: create post, create DM), so an attempt
whose outcome nobody knows is looked up before anything else happens to it (law 2).
"""

from __future__ import annotations

#: How long a worker may be silent before its row is somebody else's. An attempt takes 20 s a call at most.
LEASE_MS = 60_000
#: How many deliveries of one account may be on their way at once, so that a hanging account leaves room for others.
PER_ACCOUNT = 2
#: Waits after the first, second ... refusal that is not final; the last one repeats.
BACK_OFF_MS = (5_000, 30_000, 120_000, 600_000, 1_800_000)
#: Waits before the first, second ... look at what the network shows; the last one repeats.
LOOK_MS = (0, 5_000, 20_000, 40_000, 30_000)
#: An effect may become visible late: nothing is concluded from its absence before this, nor from fewer looks.
SETTLE_MS = 90_000
MIN_LOOKS = 4
#: When looking itself does not work, a person is asked after this.
BLIND_MS = 600_000
#: After this no further try is made by itself: an answer a day late helps nobody unasked.
GIVE_UP_MS = 24 * 3_600_000


def back_off(attempts: int) -> int:
    """Milliseconds to wait after `attempts` tries (1 or more)."""
    return BACK_OFF_MS[min(max(attempts, 1), len(BACK_OFF_MS)) - 1]


def look_after(looks: int) -> int:
    """Milliseconds to wait before the next look, after `looks` of them."""
    return LOOK_MS[min(looks, len(LOOK_MS) - 1)]


def settled(*, covered: int, doubt_ms: int, now_ms: int) -> bool:
    """Whether absence means absence: `covered` whole looks have shown nothing since the doubt began at `doubt_ms`."""
    return covered >= MIN_LOOKS and now_ms - doubt_ms >= SETTLE_MS


def blind(*, doubt_ms: int, at_ms: int) -> bool:
    """Whether the next look, at `at_ms`, comes too late: a person has to look instead."""
    return at_ms - doubt_ms > BLIND_MS


def too_late(*, from_ms: int, now_ms: int) -> bool:
    """Whether a delivery that began its way at `from_ms` is given up."""
    return now_ms - from_ms >= GIVE_UP_MS
