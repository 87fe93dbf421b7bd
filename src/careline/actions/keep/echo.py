"""Our own message, coming back from the network, settles the delivery that nobody had answered for (law 2).

Only a delivery that has begun (`begun_ms`) can have an echo. Messages to one person leave one at a time, in order, so
of two identical texts the older begun one is meant. And an answer that X does not take from here, posted in X itself
by hand, is the answer that was written here.
"""

from __future__ import annotations

from collections.abc import Mapping

from careline.actions.bind import bind_sent, revive
from careline.actions.keep.batch import Batch, Kept, Seen
from careline.domain.facts import PostSeen
from careline.domain.text import same_text
from careline.domain.words import DeliveryState, Direction, Kind
from careline.store.models import Message
from careline.store.scoped import scoped

#: Reasons for which a message did not leave that send its author to the network's own app.
_BY_HAND = ("by_hand", "not_summoned")


def claim_echoes(batch: Batch, kind: str, known: dict[str, Message], kept: Kept) -> None:
    """Find rows of ours for own posts or DMs that the desk does not know by id yet, and add them to `known`."""
    seen: Mapping[str, list[Seen]] = batch.posts if kind == Kind.POST else batch.dms
    strangers = [key for key, many in seen.items() if key not in known and _author(many[0]) in batch.ours]
    if not strangers:
        return
    ours = scoped(Message, batch.workspace_id).filter(
        network=batch.network, kind=kind, direction=Direction.OUT, network_id=None
    )
    begun = ours.filter(void=False, deliveries__begun_ms__isnull=False)
    by_hand = ours.filter(void=True, deliveries__state=DeliveryState.FAILED, deliveries__reason__in=_BY_HAND)
    waiting = [row for rows in (begun, by_hand) for row in rows.select_related("identity").order_by("id")]
    for network_id in sorted(strangers, key=lambda key: (len(key), key)):
        row = next((one for one in waiting if _is_echo(batch, one, seen[network_id][0])), None)
        if row is not None:
            waiting.remove(row)
            if row.void:
                revive(batch.journal, row)
            bind_sent(batch.journal, row, network_id, seen[network_id][0].fact.created_ms)
            known[network_id] = row
            kept.messages[row.id] = row


def _author(seen: Seen) -> str:
    return seen.fact.author_id if isinstance(seen.fact, PostSeen) else seen.fact.sender_id


def _is_echo(batch: Batch, row: Message, seen: Seen) -> bool:
    fact = seen.fact
    if row.account_id != batch.ours[_author(seen)].id or not same_text(row.text, fact.text):
        return False
    if isinstance(fact, PostSeen):
        return row.reply_to_id == (fact.reply_to_id or "")
    return row.identity is not None and row.identity.network_id == fact.recipient_id
