"""The door into the outbox: a message and its delivery are written together or not at all (law 2)."""

from __future__ import annotations

from django.db.models import Max

from careline.actions.decisions import Journal
from careline.actions.outbox.ending import fail
from careline.actions.outbox.rows import on_the_way
from careline.actions.outbox.settle import THROTTLED
from careline.domain.ids import make_id
from careline.domain.words import DeliveryState
from careline.store.models import Account, Delivery, Identity, Message

#: Why a message waits for somebody to post it in the network's own app.
BY_HAND = "by_hand"


def enqueue(*, message: Message, account: Account, identity: Identity, now_ms: int, wait_ms: int = 0) -> Delivery:
    """Queue `message` to leave through `account` to `identity`; call it inside the transaction that writes `message`.

    `wait_ms`: how long it stays at least, so that its author can take it back.

    Ids rise in the order of calls within a process, and one identity's messages leave in order of id. Raises
    IntegrityError when the message has a delivery already: a message has one, for good.
    """
    held_ms = _held_until(message, account, now_ms)
    return Delivery.objects.create(
        id=make_id(now_ms),
        workspace_id=message.workspace_id,
        message=message,
        account=account,
        identity=identity,
        state=DeliveryState.QUEUED,
        not_before_ms=max(held_ms or 0, now_ms + wait_ms),
        reason=THROTTLED if held_ms else "",
    )


def leave_to_hand(journal: Journal, message: Message, account: Account, identity: Identity) -> Delivery:
    """Give `message` a delivery that a person carries out, in the network's own app; what they post there settles it.

    Until then it counts as one that has not left. Call it inside the transaction that writes `message`.
    """
    delivery = enqueue(message=message, account=account, identity=identity, now_ms=journal.now_ms)
    fail(journal, delivery, reason=BY_HAND)
    return delivery


def _held_until(message: Message, account: Account, now_ms: int) -> int | None:
    """Until when (ms) others of its kind and account are waiting for the network, if they are: it waits with them."""
    waiting = on_the_way(message.workspace_id).filter(
        state=DeliveryState.QUEUED,
        account=account,
        message__kind=message.kind,
        reason=THROTTLED,
        not_before_ms__gt=now_ms,
    )
    latest: int | None = waiting.aggregate(latest=Max("not_before_ms"))["latest"]
    return latest
