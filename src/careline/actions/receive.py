"""What the network says becomes messages in conversations: one transaction for a batch, safe to repeat (law 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, writing
from careline.actions.keep import Batch, Kept, Received, keep
from careline.actions.placing import place_customers
from careline.domain.words import Kind, State
from careline.store.models import Conversation, Cursor, Message, Sighting
from careline.store.scoped import scoped

__all__ = ["CursorMove", "Receipt", "Received", "receive"]


@dataclass(frozen=True, slots=True)
class CursorMove:
    """Where the reader of the log will stand once these effects are committed, in the same transaction."""

    name: str
    epoch: str
    seq: int
    digest: str


@dataclass(slots=True)
class Receipt:
    """What a batch did. `fresh`: messages new to the desk; `counts`: what made no message, by name.

    `redact`: seqs of the log whose payload must be replaced, with the reason (`mark_redacted` when done).
    """

    fresh: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    redact: list[tuple[int, str]] = field(default_factory=list)


def receive(desk: Desk, workspace_id: int, events: Sequence[Received], cursor: CursorMove | None = None) -> Receipt:
    """Keep the facts of `events` (at most 200) and place what they say. Raises nothing for what was seen before."""
    receipt = Receipt()
    with writing(desk, Actor(workspace_id)) as journal:
        for network in sorted({event.network for event in events}):
            kept = keep(Batch(journal, network, [one for one in events if one.network == network]))
            place_customers(journal, kept.customers)
            _announce(journal, kept)
            _count(receipt, kept)
            receipt.redact += stale_events(workspace_id, kept.stale)
        if cursor is not None:
            Cursor.objects.update_or_create(
                name=cursor.name, defaults={"epoch": cursor.epoch, "seq": cursor.seq, "digest": cursor.digest}
            )
    return receipt


def _announce(journal: Journal, kept: Kept) -> None:
    for message in kept.messages.values():
        journal.changed("message", message.conversation_id, message.id)
    for conversation_id in _quoting(journal.workspace_id, list(kept.messages.values())):
        journal.changed("conversation", conversation_id)
    if kept.renamed | kept.read | kept.consent:
        theirs = scoped(Conversation, journal.workspace_id)
        # Whether we may write to them is shown in all that they ever had with us, also in what is resolved.
        shown = Q(customer_id__in=kept.renamed | kept.read) & ~Q(state=State.RESOLVED) | Q(customer_id__in=kept.consent)
        for conversation_id in theirs.filter(shown).values_list("id", flat=True):
            journal.changed("conversation", conversation_id)


def _quoting(workspace_id: int, messages: Sequence[Message]) -> set[int]:
    """Conversations in which these posts are shown as a quote: what was edited or deleted must go there, too."""
    posts = {one.network_id for one in messages if one.kind == Kind.POST and one.network_id}
    if not posts:
        return set()
    networks = {one.network for one in messages}
    quotes = scoped(Message, workspace_id).filter(network__in=networks, quoted_id__in=posts)
    return set(quotes.exclude(conversation=None).values_list("conversation_id", flat=True))


def _count(receipt: Receipt, kept: Kept) -> None:
    receipt.fresh += len(kept.fresh)
    for what, number in kept.counts.items():
        receipt.counts[what] = receipt.counts.get(what, 0) + number


def stale_events(workspace_id: int, message_ids: set[int]) -> list[tuple[int, str]]:
    """Events in the log that still say what a person has deleted."""
    rows = scoped(Sighting, workspace_id).filter(message_id__in=message_ids, redacted=False)
    return [(seq, "deleted by its author") for seq in rows.values_list("seq", flat=True)]


def mark_redacted(workspace_id: int, seqs: Sequence[int]) -> None:
    """The log no longer holds these payloads."""
    scoped(Sighting, workspace_id).filter(seq__in=seqs).update(redacted=True)
