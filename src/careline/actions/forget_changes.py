"""Changes are news, not history: a browser that was away for two days fetches its pages anew anyway."""

from __future__ import annotations

from django.db import transaction

from careline.actions.context import Desk
from careline.store.models import Change
from careline.store.scoped import scoped

KEEP_MS = 48 * 3_600_000
_BATCH = 1000


def forget_changes(desk: Desk, workspace_id: int, *, keep_ms: int = KEEP_MS) -> int:
    """Delete changes older than `keep_ms`; return how many. For the worker, hourly or so.

    In batches of their own transactions, oldest first, so that the write lock is held for a few milliseconds each
    and what is left has no holes.
    """
    before = desk.clock.now_ms() - keep_ms
    # "seq > 0" repeats the condition of the partial index: SQLite uses such an index only if the query says it too.
    old = scoped(Change, workspace_id).filter(seq__gt=0, at_ms__lt=before).order_by("at_ms")
    total = 0
    while ids := list(old.values_list("id", flat=True)[:_BATCH]):
        with transaction.atomic():
            total += scoped(Change, workspace_id).filter(id__in=ids).delete()[0]
    return total
