"""One transaction of a verb: what was decided and what browsers must show again leave with it, or not at all.

The workspace's counter row is updated last and stays locked until the commit, so sequence numbers appear in the
order of commits: nobody who tails them can miss a late, smaller one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import F

from careline.actions.context import Actor, Desk
from careline.domain.ids import make_id
from careline.store.models import Change, Counter, Decision


class Journal:
    """Collects decisions and changes of one transaction; `writing` opens and flushes it."""

    def __init__(self, workspace_id: int, now_ms: int, by: int | None = None) -> None:
        self.workspace_id = workspace_id
        self.now_ms = now_ms
        self.by = by
        self._decisions: list[Decision] = []
        self._changes: dict[tuple[str, int | None, int | None], Change] = {}

    def decide(self, verb: str, conversation_id: int | None = None, **data: Any) -> Decision:
        """Record one entry of the decision log; `data` must be JSON and name messages by `message_ref`."""
        decision = Decision(
            id=make_id(self.now_ms),
            workspace_id=self.workspace_id,
            at_ms=self.now_ms,
            verb=verb,
            conversation_id=conversation_id,
            by_id=self.by,
            data=data,
        )
        self._decisions.append(decision)
        return decision

    def changed(self, what: str, conversation_id: int | None = None, message_id: int | None = None) -> None:
        """Say that browsers may want to show this again; the same thing twice is said once."""
        self._changes[(what, conversation_id, message_id)] = Change(
            id=make_id(self.now_ms),
            workspace_id=self.workspace_id,
            what=what,
            conversation_id=conversation_id,
            message_id=message_id,
            at_ms=self.now_ms,
        )

    def flush(self) -> None:
        """Number and write what was collected; the last statements of the transaction."""
        changes = list(self._changes.values())
        if not self._decisions and not changes:
            return
        Counter.objects.get_or_create(workspace_id=self.workspace_id)
        Counter.objects.filter(workspace_id=self.workspace_id).update(
            decisions=F("decisions") + len(self._decisions), changes=F("changes") + len(changes)
        )
        counter = Counter.objects.get(workspace_id=self.workspace_id)
        for number, decision in enumerate(self._decisions, counter.decisions - len(self._decisions) + 1):
            decision.seq = number
        for number, change in enumerate(changes, counter.changes - len(changes) + 1):
            change.seq = number
        Decision.objects.bulk_create(self._decisions)
        Change.objects.bulk_create(changes)
        self._decisions, self._changes = [], {}


@contextmanager
def writing(desk: Desk, actor: Actor) -> Iterator[Journal]:
    """One transaction with its journal; after the commit the browsers of the workspace are poked."""
    journal = Journal(actor.workspace_id, desk.clock.now_ms(), actor.user_id)
    with transaction.atomic():
        yield journal
        journal.flush()
        transaction.on_commit(lambda: desk.poke(actor.workspace_id))


def message_ref(network: str, kind: str, network_id: str) -> str:
    """How the decision log names a message that a network knows."""
    return f"{network}:{kind}:{network_id}"
