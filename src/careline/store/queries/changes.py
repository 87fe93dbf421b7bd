"""The table of changes as the live tail reads it. Budget: 1 ms for all workspaces with browsers, four times a second.

The numbers come from a counter row that its transaction locks to the end (`actions.decisions`), so a reader who has
seen N has all before it. Tailing the rows' own ids could not promise that: they are made before the commit.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from careline.ports.live import Changed
from careline.store.models import Change, Counter
from careline.store.scoped import scoped


class StoredChanges:
    """`ports.live.Changes` on the desk's tables, with the connection of the thread that calls."""

    def heads(self, workspace_ids: Collection[int]) -> dict[int, int]:
        """The last seq of each workspace named. One query by primary key, for the operator's own thread alone (law 7:
        no caller sees the number of a workspace that it did not name)."""
        counters = Counter.objects.filter(workspace_id__in=workspace_ids).values_list("workspace_id", "changes")
        return dict.fromkeys(workspace_ids, 0) | dict(counters)

    def read(self, workspace_id: int, after: int, limit: int) -> list[Changed]:
        """One query, a range of the unique index (workspace, seq)."""
        rows = scoped(Change, workspace_id).filter(seq__gt=after).order_by("seq")
        return [Changed(*row) for row in rows.values_list("seq", "what", "conversation_id", "message_id")[:limit]]

    def let_go(self) -> None:
        """Close this thread's connection; the next query opens another."""
        connection.close()
