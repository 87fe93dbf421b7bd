"""What every verb of a person shares: may they, on what, and what acting settles."""

from __future__ import annotations

from careline.actions.context import Actor
from careline.actions.decisions import Journal
from careline.actions.errors import Denied, Invalid, NotFound
from careline.actions.placing import lock_customers
from careline.actions.settling import settle
from careline.actions.summary import summarise
from careline.domain.permissions import may
from careline.domain.words import Ending
from careline.store.models import Conversation, Message
from careline.store.scoped import scoped


def check(actor: Actor, verb: str) -> None:
    """Raise Denied unless the actor's role may use `verb` (domain.permissions)."""
    if not may(actor.role, verb):
        msg = "Your role in this workspace lets you read, not do this."
        raise Denied(msg)


def take(journal: Journal, conversation_id: int) -> Conversation:
    """The conversation, with its customer locked until the commit. Raises NotFound."""
    query = scoped(Conversation, journal.workspace_id).filter(id=conversation_id).exclude(ending=Ending.WITHDRAWN)
    found = query.first()
    if found is None:
        raise NotFound("This conversation is not here. It may have joined an older one of the same customer.")
    lock_customers(journal.workspace_id, [found.customer_id])
    return query.get()


def answered(journal: Journal, conversation: Conversation, message_id: int) -> Message:
    """The customer's message that is being answered. Raises NotFound, or Invalid when it cannot be answered."""
    message = scoped(Message, journal.workspace_id).filter(id=message_id, conversation=conversation).first()
    if message is None:
        raise NotFound("The message you are answering is no longer in this conversation.")
    if message.direction != "in" or message.identity_id is None:
        raise Invalid("Choose a message of the customer to answer.")
    if message.deleted_ms is not None:
        raise Invalid("The customer has deleted this message, so it cannot be answered.", "deleted")
    return message


def finish(journal: Journal, conversation: Conversation) -> None:
    """Save the conversation, settle its customer, bring the list up to date."""
    conversation.save()
    settle(journal, conversation.customer_id)
    summarise(journal, {conversation.id})


def said(text: str, limit: int) -> str:
    """The text to send, trimmed. Raises Invalid when there is nothing, or more than `limit` characters."""
    text = text.strip()
    if not text:
        raise Invalid("There is nothing to send yet. Write something first.", "empty")
    if len(text) > limit:
        raise Invalid(f"This is {len(text):,} characters long; {limit:,} fit.", "too_long")
    return text
