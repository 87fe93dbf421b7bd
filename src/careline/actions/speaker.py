"""Which account of ours answers a message, decided in one place: a page announces who will speak."""

from __future__ import annotations

from careline.store.models import Account, Message, Sighting
from careline.store.scoped import scoped


def speaker(message: Message) -> Account | None:
    """The account that was written to, else one that the post names, else one that saw it, else the oldest."""
    accounts = scoped(Account, message.workspace_id).filter(network=message.network).order_by("id")
    if message.account_id is not None:
        return accounts.filter(id=message.account_id).first()
    named = {message.reply_to_user_id, *message.mentions}
    sightings = scoped(Sighting, message.workspace_id).filter(message=message)
    seen = set(sightings.values_list("account_id", flat=True))
    return min(accounts, key=lambda one: (one.network_id not in named, one.id not in seen, one.id), default=None)
