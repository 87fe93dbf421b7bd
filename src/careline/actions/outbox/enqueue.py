"""The door into the outbox: a message and its delivery are written together or not at all (law 2)."""

from __future__ import annotations

from careline.domain.ids import make_id
from careline.domain.words import DeliveryState
from careline.store.models import Account, Delivery, Identity, Message


def enqueue(*, message: Message, account: Account, identity: Identity, now_ms: int) -> Delivery:
    """Queue `message` to leave through `account` to `identity`; call it inside the transaction that writes `message`.

    Ids rise in the order of calls within a process, and one identity's messages leave in order of id. Raises
    IntegrityError when the message has a delivery already: a message has one, for good.
    """
    return Delivery.objects.create(
        id=make_id(now_ms),
        workspace_id=message.workspace_id,
        message=message,
        account=account,
        identity=identity,
        state=DeliveryState.QUEUED,
        not_before_ms=now_ms,
    )
