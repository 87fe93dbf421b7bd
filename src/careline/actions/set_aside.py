"""Events that could not be read or kept: written down with the reason, so that a person can see them (law 1)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from careline.actions.context import Actor, Desk
from careline.actions.decisions import writing
from careline.actions.errors import Denied
from careline.domain.ids import make_id
from careline.domain.permissions import may
from careline.store.models import SetAside
from careline.store.scoped import scoped

_REASON_LENGTH = 300


def set_aside(desk: Desk, workspace_id: int, *, seq: int, reason: str) -> None:
    """Keep the event's place and why it was passed over; the same event again counts one more try."""
    with writing(desk, Actor(workspace_id)) as journal:
        changed = (
            scoped(SetAside, workspace_id)
            .filter(seq=seq)
            .update(reason=reason[:_REASON_LENGTH], at_ms=journal.now_ms, tries=F("tries") + 1)
        )
        if not changed:
            SetAside.objects.create(
                id=make_id(journal.now_ms),
                workspace_id=workspace_id,
                seq=seq,
                reason=reason[:_REASON_LENGTH],
                at_ms=journal.now_ms,
            )
        journal.changed("health")


def take_back(desk: Desk, workspace_id: int, seqs: Sequence[int]) -> None:
    """These events have been kept after all."""
    with writing(desk, Actor(workspace_id)) as journal:
        if scoped(SetAside, workspace_id).filter(seq__in=seqs).delete()[0]:
            journal.changed("health")


def check_may_retry(actor: Actor) -> None:
    """Raise Denied unless the actor may have events tried again."""
    if not may(actor.role, "retry_set_aside"):
        raise Denied("Only leads and admins can have set-aside events tried again.")
