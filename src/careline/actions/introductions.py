"""Whom the network named by an id alone, and when we last asked who that is."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from careline.actions.context import Desk
from careline.store.models import Identity
from careline.store.scoped import scoped

#: Somebody whom the network does not know is asked for again after a day: each answer costs (x-platform: 9).
_AGAIN_MS = 24 * 3_600_000


def nameless(workspace_id: int, network: str, now_ms: int, limit: int = 100) -> list[str]:
    """Network ids of people without a name, newest first, who have not been asked for within a day."""
    due = Q(asked_ms=None) | Q(asked_ms__lt=now_ms - _AGAIN_MS)
    rows = scoped(Identity, workspace_id).filter(due, network=network, handle="")
    return list(rows.order_by("-id").values_list("network_id", flat=True)[:limit])


def note_asked(desk: Desk, workspace_id: int, network: str, network_ids: Collection[str]) -> None:
    """We have asked now; whatever comes of it comes through the log."""
    rows = scoped(Identity, workspace_id).filter(network=network, network_id__in=network_ids)
    rows.update(asked_ms=desk.clock.now_ms())
