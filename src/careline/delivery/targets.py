"""A row of ours as the channel wants it: the words, whom they answer, and the invitation they may carry."""

from __future__ import annotations

from careline.channels.base import Outbound
from careline.domain.words import Kind
from careline.store.models import Delivery


def outbound(delivery: Delivery) -> Outbound:
    """What to send. Raises ValueError when a post answers nothing that the network knows."""
    message, account = delivery.message, delivery.account
    if message.kind == Kind.DM:
        return Outbound(
            kind=Kind.DM,
            text=message.text,
            account_network_id=account.network_id,
            recipient_id=delivery.identity.network_id,
        )
    if not message.reply_to_id:
        raise ValueError("The post that this answers has no id at the network.")
    invite = message.shape.get("invite")
    return Outbound(
        kind=Kind.POST,
        text=message.text,
        account_network_id=account.network_id,
        reply_to_id=message.reply_to_id,
        dm_link_recipient_id=account.network_id if invite else None,
        dm_link_text=invite["first_line"] if invite else "",
        dm_link_in_text=bool(invite) and bool(account.capabilities.get("dm_link_in_text")),
        leave_out=tuple(message.shape.get("leave_out", ())),
    )
