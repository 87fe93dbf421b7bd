"""Two people at one desk, and a customer who writes on: an answer waits when its author cannot have seen the latest.

It is decided inside the verb's transaction, with the customer locked, so that of two agents who send at the same
moment the second is told. What the page showed is a pair of ids; having seen what held an answer back is naming it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from careline.actions.decisions import Journal
from careline.actions.errors import Held
from careline.domain.words import Audience, Direction
from careline.store.models import Conversation, Message
from careline.store.scoped import scoped


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed: the customer's last message and our own last one, as ids; 0 where there was none."""

    theirs_id: int = 0
    ours_id: int = 0


def hold_back(journal: Journal, conversation: Conversation, seen: Seen | None) -> None:
    """Raise Held when there is news that `seen` does not name; None: nobody has looked at a page (a program writes)."""
    if seen is None:
        return
    theirs = spoken(journal.workspace_id, conversation.id).filter(direction=Direction.IN)
    if (newer := _since(theirs, seen.theirs_id)) is not None:
        raise Held("The customer has written again since.", "newer_message", newer.id)
    ours = spoken(journal.workspace_id, conversation.id).filter(direction=Direction.OUT)
    # What they sent themselves they know of, from this page or another.
    others = ours.filter(Q(written_by__isnull=True) | ~Q(written_by_id=journal.by))
    if (answer := _since(others, seen.ours_id)) is not None:
        raise Held("Somebody else has answered since.", "answered_meanwhile", answer.id)


def shown(workspace_id: int, conversation_id: int, *, theirs_id: int) -> Seen:
    """What a page that is made now shows, with `theirs_id` as the customer's last message."""
    ours = spoken(workspace_id, conversation_id).filter(direction=Direction.OUT)
    return Seen(theirs_id, ours.values_list("id", flat=True).first() or 0)


def spoken(workspace_id: int, conversation_id: int) -> QuerySet[Message]:
    """What stands in a conversation for others to read, the newest first: no notes, nothing that never left."""
    found = scoped(Message, workspace_id).filter(conversation_id=conversation_id, void=False, deleted_ms__isnull=True)
    return found.exclude(audience=Audience.INTERNAL).order_by("-created_ms", "-id")


def _since(found: QuerySet[Message], seen_id: int) -> Message | None:
    """The newest of `found` that came after the one that was seen (which may have been deleted meanwhile)."""
    newest = found.first()
    if newest is None or newest.id == seen_id:
        return None
    seen = scoped(Message, newest.workspace_id).filter(id=seen_id).values_list("created_ms", "id").first()
    return newest if seen is None or (newest.created_ms, newest.id) > seen else None
