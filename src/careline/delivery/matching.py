"""Which of the things that the network shows is the message nobody answered for (law 2).

X returns neither a client's id nor anything else of ours with a post or DM, so what is left to go by is whose it is
and whom it answers (the channel has seen to that), its words and its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from careline.channels.base import Shown
from careline.domain.text import same_text

#: How far the network's clock may be from ours: a minute (ms). Texts to one person leave one at a time, and what was
#: sent before is bound to its own message, so a generous span does not make a wrong match more likely.
SKEW_MS = 60_000


def ours(text: str, candidates: Sequence[Shown], *, since_ms: int, is_taken: Callable[[str], bool]) -> Shown | None:
    """The oldest of `candidates` that says `text`, was made after `since_ms` give or take the clocks, and is free.

    `is_taken(network_id)`: whether it is another message of ours. Identical texts are matched in the order in which
    they left, because the older one is settled before the next one leaves.
    """
    for one in sorted(candidates, key=lambda shown: (shown.created_ms, len(shown.network_id), shown.network_id)):
        if one.created_ms >= since_ms - SKEW_MS and same_text(text, one.text) and not is_taken(one.network_id):
            return one
    return None
