"""How far an account's lists have been read, what they no longer reached, and what stands in the way (law 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from careline.actions.context import Actor, Desk
from careline.actions.decisions import writing
from careline.domain.ids import make_id
from careline.store.models import Account, Gap
from careline.store.scoped import scoped

_TROUBLE_LENGTH = 300


def move_marks(
    desk: Desk, account: Account, *, marks: Mapping[str, Any], trouble: str, gap: tuple[int, int] | None = None
) -> None:
    """Keep the new marks; call it only once everything up to them is durable in the log.

    `gap`: from and to (ms) of a time that the lists did not reach; the same beginning again is the same gap.
    `trouble`: the network's words, or "" when nothing stands in the way.
    """
    trouble = trouble[:_TROUBLE_LENGTH]
    with writing(desk, Actor(account.workspace_id)) as journal:
        rows = scoped(Account, account.workspace_id).filter(id=account.id)
        changed = rows.exclude(trouble=trouble).exists() or gap is not None
        rows.update(marks=dict(marks), trouble=trouble)
        if gap is not None:
            scoped(Gap, account.workspace_id).update_or_create(
                account=account,
                from_ms=gap[0],
                defaults={"to_ms": gap[1]},
                create_defaults={
                    "id": make_id(journal.now_ms), "workspace_id": account.workspace_id, "to_ms": gap[1]
                },
            )  # fmt: skip
        if changed:
            journal.changed("health")
