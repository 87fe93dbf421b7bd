"""The moment at which one of our messages gets its name from the network, and what follows from it."""

from __future__ import annotations

from careline.actions.decisions import Journal, message_ref
from careline.domain.settings import read_settings
from careline.domain.words import DeliveryState, HandoffState
from careline.store.models import Attachment, Delivery, Handoff, Message, Sighting, Workspace
from careline.store.scoped import scoped


def bind_sent(journal: Journal, message: Message, network_id: str, at_ms: int) -> None:
    """Inside the caller's transaction: `message` is at the network under `network_id` since `at_ms`.

    Ends its delivery as sent and turns a planned invitation into an offered one. Safe to repeat with the same id.
    """
    # The answer to our call and our message's echo may come at the same moment: whoever is second sees the first.
    message.refresh_from_db(from_queryset=scoped(Message, journal.workspace_id).select_for_update())
    if message.network_id == network_id:
        return
    _absorb(message, network_id)
    message.network_id = network_id
    message.void = False
    message.save()
    scoped(Delivery, journal.workspace_id).filter(message=message).update(
        state=DeliveryState.SENT, ended_ms=journal.now_ms, lease_until_ms=None, lease_by="", reason="", detail=""
    )
    offer(journal, message, at_ms)
    ref = message_ref(message.network, message.kind, network_id)
    journal.decide("sent", message.conversation_id, uid=str(message.uid), ref=ref, at_ms=at_ms)
    journal.changed("message", message.conversation_id, message.id)


def offer(journal: Journal, message: Message, at_ms: int) -> None:
    """The invitation that this message carries, if it does, is open from now on."""
    settings = read_settings(Workspace.objects.get(id=journal.workspace_id).settings)
    scoped(Handoff, journal.workspace_id).filter(message=message, state=HandoffState.PLANNED).update(
        state=HandoffState.OFFERED, offered_ms=at_ms, expires_ms=at_ms + settings.handoff_ms
    )


def void(journal: Journal, message: Message) -> None:
    """Inside the caller's transaction: the message will never leave; it answers nobody, and it invites nobody."""
    from careline.actions.summary import summarise

    message.void = True
    message.save(update_fields=["void"])
    scoped(Handoff, journal.workspace_id).filter(message=message).update(state=HandoffState.WITHDRAWN)
    if message.conversation_id is not None:
        summarise(journal, {message.conversation_id})
    journal.changed("message", message.conversation_id, message.id)


def unvoid(journal: Journal, message: Message) -> None:
    """Inside the caller's transaction: the message is to be tried again."""
    from careline.actions.summary import summarise

    message.void = False
    message.save(update_fields=["void"])
    scoped(Handoff, journal.workspace_id).filter(message=message, state=HandoffState.WITHDRAWN).update(
        state=HandoffState.PLANNED
    )
    if message.conversation_id is not None:
        summarise(journal, {message.conversation_id})
    journal.changed("message", message.conversation_id, message.id)


def revive(journal: Journal, message: Message) -> None:
    """`unvoid`, with its line in the decision log."""
    unvoid(journal, message)
    journal.decide("retried", message.conversation_id, uid=str(message.uid))


def _absorb(message: Message, network_id: str) -> None:
    """If intake already made a row for this network id, take over what it knows, and drop it."""
    stray = (
        scoped(Message, message.workspace_id)
        .filter(network=message.network, kind=message.kind, network_id=network_id)
        .exclude(id=message.id)
        .first()
    )
    if stray is None:
        return
    for field in ("thread_id", "author_network_id", "created_ms", "version_id", "reply_to_id", "reply_to_user_id",
                  "quoted_id", "quoted_user_id", "mentions", "deleted_ms"):  # fmt: skip
        setattr(message, field, getattr(stray, field))
    message.shape = {**message.shape, **stray.shape}
    message.text = "" if stray.deleted_ms is not None else message.text
    scoped(Sighting, message.workspace_id).filter(message=stray).update(message=message)
    scoped(Attachment, message.workspace_id).filter(message=stray).update(message=message)
    stray.delete()
