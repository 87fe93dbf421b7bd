"""Every invitation of a span of time, with whose it was and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from careline.domain.funnel import Invited
from careline.domain.words import Ending, State
from careline.store.models import Handoff
from careline.store.scoped import scoped

#: Nobody reads more, and a page has to end; the figures say when they hold only the newest of them.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Invitation(Invited):
    """With who invited whom, as which account. `agent` "" for nobody in particular."""

    id: int = 0
    conversation_id: int = 0
    agent_id: int = 0
    agent: str = ""
    account_id: int = 0
    account: str = ""
    name: str = ""
    handle: str = ""


def since(workspace_id: int, from_ms: int) -> list[Invitation]:
    """Invitations that a network took at or after `from_ms`, the newest first, at most MOST. 1 query; budget 60 ms."""
    rows = scoped(Handoff, workspace_id).filter(offered_ms__gte=from_ms).order_by("-offered_ms", "-id")
    return [_invitation(row) for row in rows.values(*_FIELDS)[:MOST]]


_FIELDS = (
    "id", "offered_ms", "arrived_ms", "conversation_id", "conversation__state", "conversation__ending", "account_id",
    "account__handle", "message__written_by_id", "message__written_by__name", "identity__name", "identity__handle",
)  # fmt: skip


def _invitation(row: dict[str, Any]) -> Invitation:
    return Invitation(
        offered_ms=row["offered_ms"],
        arrived_ms=row["arrived_ms"],
        solved=(row["conversation__state"], row["conversation__ending"]) == (State.RESOLVED, Ending.DONE),
        id=row["id"],
        conversation_id=row["conversation_id"],
        agent_id=row["message__written_by_id"] or 0,
        agent=row["message__written_by__name"] or "",
        account_id=row["account_id"],
        account=row["account__handle"],
        name=row["identity__name"],
        handle=row["identity__handle"],
    )
