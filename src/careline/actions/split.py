"""Two issues in one conversation become two conversations."""

from __future__ import annotations

from collections.abc import Collection

from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, message_ref, writing
from careline.actions.errors import Invalid
from careline.actions.settling import settle
from careline.actions.summary import summarise
from careline.actions.verbs import check, finish, take
from careline.domain.ids import make_id
from careline.domain.words import State
from careline.store.models import Conversation, Message
from careline.store.scoped import scoped


def split(desk: Desk, actor: Actor, *, conversation_id: int, message_ids: Collection[int]) -> Conversation:
    """Move these messages into a new conversation of the same customer. Raises Invalid when none or all are chosen."""
    check(actor, "split")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        inside = scoped(Message, actor.workspace_id).filter(conversation=conversation)
        chosen = list(inside.filter(id__in=message_ids).order_by("created_ms", "id"))
        if not chosen or len(chosen) != len(set(message_ids)):
            raise Invalid("Choose messages of this conversation to move.")
        if len(chosen) == inside.count():
            raise Invalid("Leave at least one message here: otherwise there is nothing to split.")
        fresh = make_split(journal, conversation, make_id(journal.now_ms), chosen)
        journal.decide("split", conversation.id, into=fresh.id, refs=[name(one) for one in chosen])
        finish(journal, conversation)
        summarise(journal, {fresh.id})
        return fresh


def make_split(journal: Journal, conversation: Conversation, new_id: int, chosen: Collection[Message]) -> Conversation:
    """Open the second conversation and move the messages; the caller records and summarises."""
    fresh = Conversation.objects.create(
        id=new_id,
        workspace_id=journal.workspace_id,
        customer_id=conversation.customer_id,
        state=State.OPEN,
        split=True,
        prior=conversation,
        assignee_id=conversation.assignee_id,
        opened_ms=journal.now_ms,
        last_ms=journal.now_ms,
    )
    scoped(Message, journal.workspace_id).filter(id__in=[one.id for one in chosen]).update(
        conversation=fresh, settled=True
    )
    for one in chosen:
        journal.changed("message", fresh.id, one.id)
    settle(journal, conversation.customer_id)
    return fresh


def name(message: Message) -> str:
    """How the decision log names a message: by the network's id, or by ours while there is none."""
    if message.network_id is not None:
        return message_ref(message.network, message.kind, message.network_id)
    return f"uid:{message.uid}"
