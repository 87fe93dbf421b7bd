"""What a person may say about a delivery: take it back, try again, and, where the network is silent, what happened.

A second click changes nothing: each verb is for one state and answers Conflict from any other, but for its own result.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from careline.actions.bind import revive
from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, writing
from careline.actions.errors import Conflict, Invalid, NotFound
from careline.actions.outbox import ending
from careline.actions.outbox.rows import locked, move, trail
from careline.actions.verbs import check
from careline.domain.words import DeliveryState
from careline.store.models import Delivery, Message
from careline.store.scoped import scoped

_STILL_HERE = frozenset({DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.STUCK})


def cancel(desk: Desk, actor: Actor, *, message_id: int) -> Delivery:
    """Take back what has not left; of what needs a person, this says "it was not sent, and it need not be".

    Raises Denied, NotFound, and Conflict when it is leaving, left or failed already.
    """
    check(actor, "cancel")
    with writing(desk, actor) as journal:
        delivery = _find(journal, message_id)
        if delivery.state != DeliveryState.CANCELLED:
            _expect(delivery, _STILL_HERE, "It has left, or is leaving right now: it can no longer be cancelled.")
            ending.cancel(journal, delivery)
    return delivery


def retry(desk: Desk, actor: Actor, *, message_id: int) -> Delivery:
    """Try a failed message again, with a new day before it is given up. Raises Denied, NotFound, Conflict."""
    check(actor, "retry")
    with writing(desk, actor) as journal:
        delivery = _find(journal, message_id)
        if delivery.state not in {DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING}:
            _expect(delivery, {DeliveryState.FAILED}, "Only a message that failed can be tried again.")
            _again(journal, delivery, word=False)
    return delivery


def send_again(desk: Desk, actor: Actor, *, message_id: int) -> Delivery:
    """For a message that needs a person: "it was not sent, send it again".

    The network is looked at once more right before, and a message that shows by then is not sent.
    Raises Denied, NotFound, Conflict.
    """
    check(actor, "settle_unknown")
    with writing(desk, actor) as journal:
        delivery = _find(journal, message_id)
        if delivery.state not in {DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING}:
            _expect(delivery, {DeliveryState.STUCK}, "This message does not wait for a decision.")
            _again(journal, delivery, word=True)
    return delivery


def mark_sent(desk: Desk, actor: Actor, *, message_id: int, network_id: str = "") -> Delivery:
    """For a message that needs a person: "it was sent", as `network_id` of what the network shows, or as none of it.

    Raises Denied, NotFound, Conflict (also when `network_id` is another message of ours), and Invalid when
    `network_id` is not among what was shown.
    """
    check(actor, "settle_unknown")
    with writing(desk, actor) as journal:
        delivery = _find(journal, message_id)
        if delivery.state != DeliveryState.SENT:
            _expect(delivery, {DeliveryState.STUCK}, "This message does not wait for a decision.")
            _settle_by_word(journal, delivery, network_id)
    return delivery


def _settle_by_word(journal: Journal, delivery: Delivery, network_id: str) -> None:
    if not network_id:
        ending.taken_on_trust(journal, delivery)
        return
    chosen = next((one for one in trail(delivery).shown if one.network_id == network_id), None)
    if chosen is None:
        raise Invalid("That is not among what the network shows.")
    if is_taken(delivery.message, network_id):
        raise Conflict("That is another message of yours, which has arrived.")
    ending.sent(journal, delivery, network_id=network_id, at_ms=chosen.created_ms)


def is_taken(message: Message, network_id: str) -> bool:
    """Whether `network_id` is another message that was written here; one that intake alone knows is free."""
    others = scoped(Message, message.workspace_id).filter(
        network=message.network, kind=message.kind, network_id=network_id, uid__isnull=False
    )
    return others.exclude(pk=message.pk).exists()


def _again(journal: Journal, delivery: Delivery, *, word: bool) -> None:
    known = replace(trail(delivery).kept(), word=word, from_ms=journal.now_ms)
    move(
        journal,
        delivery,
        DeliveryState.QUEUED,
        not_before_ms=journal.now_ms,
        ended_ms=None,
        evidence=known.as_json(),
    )
    revive(journal, delivery.message)


def _find(journal: Journal, message_id: int) -> Delivery:
    delivery = locked(journal.workspace_id, message_id=message_id)
    if delivery is None:
        raise NotFound("There is no such message on its way.")
    return delivery


def _expect(delivery: Delivery, states: Collection[DeliveryState], otherwise: str) -> None:
    if delivery.state not in states:
        raise Conflict(otherwise)
