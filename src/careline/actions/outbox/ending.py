"""The ends of a delivery, each with its line in the decision log and what follows for the message."""

from __future__ import annotations

from careline.actions.bind import bind_sent, offer, void
from careline.actions.decisions import Journal
from careline.actions.outbox.rows import move, trail
from careline.domain.words import DeliveryState
from careline.store.models import Delivery


def sent(journal: Journal, delivery: Delivery, *, network_id: str, at_ms: int) -> None:
    """The network has it under `network_id` since `at_ms` (ms)."""
    move(journal, delivery, DeliveryState.SENT, evidence={})
    bind_sent(journal, delivery.message, network_id, at_ms)


def taken_on_trust(journal: Journal, delivery: Delivery) -> None:
    """A person says that it was sent, and the network shows nothing to bind it to."""
    move(journal, delivery, DeliveryState.SENT, evidence={})
    at_ms = delivery.begun_ms or journal.now_ms
    offer(journal, delivery.message, at_ms)
    journal.decide("sent", delivery.message.conversation_id, uid=str(delivery.message.uid), ref="", at_ms=at_ms)


def fail(journal: Journal, delivery: Delivery, *, reason: str, detail: str = "") -> None:
    """It will not leave: `reason` is a code, `detail` the network's own words. A person may `retry` it."""
    _end(journal, delivery, DeliveryState.FAILED, reason=reason, detail=detail)
    journal.decide("failed", delivery.message.conversation_id, uid=str(delivery.message.uid), reason=reason)


def cancel(journal: Journal, delivery: Delivery) -> None:
    """A person took it back; the message stays visible as cancelled."""
    _end(journal, delivery, DeliveryState.CANCELLED, reason="", detail="")
    journal.decide("cancelled", delivery.message.conversation_id, uid=str(delivery.message.uid))


def _end(journal: Journal, delivery: Delivery, state: DeliveryState, *, reason: str, detail: str) -> None:
    known = trail(delivery)
    begun_ms = delivery.begun_ms if known.since_ms is not None else None
    move(journal, delivery, state, reason=reason, detail=detail, begun_ms=begun_ms, evidence=known.kept().as_json())
    void(journal, delivery.message)
