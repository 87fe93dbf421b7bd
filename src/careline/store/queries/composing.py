"""What a composer must know of a conversation beside its messages."""

from __future__ import annotations

from careline.domain.words import Audience, DeliveryState, Direction, Kind
from careline.store.models import Account, Conversation, Delivery, Identity, Membership, Message
from careline.store.queries.timeline import Leaving
from careline.store.scoped import scoped


def exists(workspace_id: int, conversation_id: int) -> bool:
    """Whether this workspace has such a conversation. 1 query; budget 1 ms."""
    return scoped(Conversation, workspace_id).filter(id=conversation_id).exists()


def members(workspace_id: int) -> dict[int, str]:
    """The names of all who can look in here, those included who only read. 1 query; budget 1 ms."""
    return dict(scoped(Membership, workspace_id).values_list("user_id", "user__name"))


def silent(workspace_id: int, thread_id: int | None) -> bool:
    """Whether we have said nothing in a public thread that people read along. 1 query; budget 1 ms."""
    if thread_id is None:
        return False
    ours = scoped(Message, workspace_id).filter(thread_id=thread_id, direction=Direction.OUT, void=False)
    return not ours.filter(audience=Audience.PUBLIC, deleted_ms__isnull=True).exists()


def message(workspace_id: int, message_id: int) -> Message | None:
    """A message with its author, to be quoted. 1 query; budget 1 ms."""
    found = scoped(Message, workspace_id).filter(id=message_id)
    return found.select_related("written_by", "identity", "account").first()


def leaving(workspace_id: int, message_id: int) -> Leaving | None:
    """How a message of ours fares on its way, or None for one that goes nowhere. 1 query; budget 1 ms."""
    row = scoped(Delivery, workspace_id).filter(message_id=message_id).first()
    if row is None:
        return None
    return Leaving(DeliveryState(row.state), row.not_before_ms, row.reason, row.detail, row.evidence)


def refused_ms(workspace_id: int, identity: Identity, account: Account) -> int | None:
    """When the network last refused a private message to this person, unless they have written since (ms).

    1 query; budget 1 ms.
    """
    refused = scoped(Delivery, workspace_id).filter(
        identity=identity, account=account, state=DeliveryState.FAILED, reason="no_dm", message__kind=Kind.DM
    )
    at_ms = refused.order_by("-id").values_list("ended_ms", flat=True).first()
    wrote_ms = identity.wrote_ms.get(account.network_id, 0)
    return at_ms if at_ms is not None and at_ms > wrote_ms else None
