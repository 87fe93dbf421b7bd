"""What the list shows of a conversation, computed from its messages, so that it can never drift from them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, Case, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from careline.actions.decisions import Journal
from careline.domain.words import Audience, Direction, State
from careline.store.models import Conversation, Message
from careline.store.renew import renew
from careline.store.scoped import scoped

_OURS = Q(direction=Direction.OUT, void=False) & ~Q(audience=Audience.INTERNAL)
_FIELDS = (
    "opened_ms", "last_ms", "waiting_ms", "has_public", "has_private", "preview", "preview_audience",
    "preview_direction",
)  # fmt: skip


def summarise(journal: Journal, conversation_ids: Collection[int]) -> None:
    """Bring the derived columns of these conversations up to date, and say that they changed."""
    if not conversation_ids:
        return
    rows = list(_with_facts(journal.workspace_id, conversation_ids))
    last = _last_messages(journal.workspace_id, [row.last_id for row in rows])
    waiting = _waiting(journal.workspace_id, conversation_ids)
    for row in rows:
        _apply(row, last.get(row.last_id), waiting.get(row.id))
        journal.changed("conversation", row.id)
    renew(Conversation, rows, _FIELDS)


def _with_facts(workspace_id: int, ids: Collection[int]) -> QuerySet[Any]:
    spoken = scoped(Message, workspace_id).filter(conversation=OuterRef("pk")).exclude(audience=Audience.INTERNAL)
    bounds = spoken.order_by().values("conversation")
    return (
        scoped(Conversation, workspace_id)
        .filter(id__in=ids)
        .annotate(
            first_at=Subquery(bounds.annotate(at=Min("created_ms")).values("at")),
            last_at=Subquery(bounds.annotate(at=Max("created_ms")).values("at")),
            last_id=Subquery(spoken.order_by("-created_ms", "-id").values("id")[:1]),
            is_public=_any(spoken.filter(audience=Audience.PUBLIC)),
            is_private=_any(spoken.filter(audience=Audience.PRIVATE)),
        )
    )


def _any(query: QuerySet[Any]) -> Case:
    return Case(When(Exists(query), then=Value(True)), default=Value(False), output_field=BooleanField())


def _last_messages(workspace_id: int, ids: Collection[int | None]) -> dict[int | None, Message]:
    return {one.id: one for one in scoped(Message, workspace_id).filter(id__in=[one for one in ids if one])}


def _waiting(workspace_id: int, ids: Collection[int]) -> dict[int, int]:
    """The first thing each customer said after our last word."""
    ours = scoped(Message, workspace_id).filter(_OURS, conversation=OuterRef("conversation")).order_by()
    last_word = ours.values("conversation").annotate(at=Max("created_ms")).values("at")
    rows = (
        scoped(Message, workspace_id)
        .filter(conversation_id__in=ids, direction=Direction.IN)
        .filter(created_ms__gt=Coalesce(Subquery(last_word), Value(-1)))
        .order_by()
        .values("conversation_id")
        .annotate(at=Min("created_ms"))
    )
    return {row["conversation_id"]: row["at"] for row in rows}


def _apply(row: Any, last: Message | None, waiting_ms: int | None) -> None:
    row.opened_ms = row.first_at if row.first_at is not None else row.opened_ms
    row.last_ms = row.last_at if row.last_at is not None else row.last_ms
    row.waiting_ms = None if row.state == State.RESOLVED else waiting_ms
    row.has_public, row.has_private = row.is_public, row.is_private
    row.preview = " ".join(last.text.split())[:160] if last else ""
    row.preview_audience = last.audience if last else ""
    row.preview_direction = last.direction if last else ""
