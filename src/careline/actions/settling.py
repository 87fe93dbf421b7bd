"""What has been placed stays placed: from here on, placing starts anew (`domain.placing`)."""

from __future__ import annotations

from django.db.models import F

from careline.actions.decisions import Journal
from careline.store.models import Conversation, Message
from careline.store.scoped import scoped


def settle(journal: Journal, customer_id: int) -> None:
    """A person has acted on this customer: what they saw stays where it is."""
    scoped(Message, journal.workspace_id).filter(
        identity__customer_id=customer_id, settled=False, conversation__isnull=False
    ).update(settled=True)
    scoped(Conversation, journal.workspace_id).filter(customer_id=customer_id).update(
        base_state=F("state"), base_ending=F("ending"), base_resolved_ms=F("resolved_ms")
    )
