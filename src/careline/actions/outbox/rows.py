"""The one way a delivery's row moves on: read under a lock, changed with what browsers must show again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from careline.actions.decisions import Journal
from careline.actions.outbox.trail import Trail
from careline.actions.placing import lock_customers
from careline.domain.words import DeliveryState
from careline.store.literal import Literal
from careline.store.models import Delivery
from careline.store.scoped import scoped

#: Longest text of the network's that is kept with a delivery (the column's width).
_DETAIL_CHARS = 500


#: In the order in which the condition of the index `delivery_due` names them.
_MOVING = [Literal(state) for state in ("queued", "leased", "sending", "unknown")]


def on_the_way(workspace_id: int) -> QuerySet[Delivery]:
    """Deliveries that will move by themselves, through the index `delivery_due`."""
    return scoped(Delivery, workspace_id).filter(state__in=_MOVING)


def locked(workspace_id: int, **lookup: Any) -> Delivery | None:
    """The delivery, held until the transaction ends, with its message; None where there is none.

    Its customer is held first, as every verb does: so two who act at once on one customer take turns, and do not
    each wait for a row of the other's.
    """
    rows = scoped(Delivery, workspace_id).filter(**lookup)
    customer_id = rows.values_list("identity__customer_id", flat=True).first()
    if customer_id is None:
        return None
    lock_customers(workspace_id, [customer_id])
    rows = rows.select_related("message", "account", "identity").select_for_update(of=("self", "message"))
    return rows.first()


def move(journal: Journal, delivery: Delivery, state: DeliveryState, **fields: Any) -> None:
    """Write `state` and `fields` to a locked row. A lease never outlives the state it was taken for."""
    values: dict[str, Any] = {"lease_by": "", "lease_until_ms": None, "reason": "", "detail": "", **fields}
    values["detail"] = values["detail"][:_DETAIL_CHARS]
    if state in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED):
        values["ended_ms"] = journal.now_ms
    for name, value in {"state": state, **values}.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=["state", "ended_ms", *values])
    show(journal, delivery)


def show(journal: Journal, delivery: Delivery) -> None:
    """Have browsers show the message of `delivery` again."""
    journal.changed("message", delivery.message.conversation_id, delivery.message_id)


def trail(delivery: Delivery) -> Trail:
    """What `delivery` remembers of its attempts."""
    return Trail.of(delivery.evidence)
