"""What stands beside a conversation: the customer, what was before, the thread around their post, who has it.

Each part is left out where there is nothing to say; the templates in parts/context*.html show them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from careline.domain.consent import may_dm
from careline.domain.words import Direction, Kind
from careline.inbox import times
from careline.store.queries import context, timeline
from careline.store.queries.context import History, Invitation, Strip
from careline.store.queries.timeline import Head, Line, Ours, Person

#: The browser remembers that its reader has put the column away (js/context.js sets it).
_COOKIE = "careline_context"


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether an account of ours can write privately to an identity, in words."""

    account: str
    open: bool
    text: str


@dataclass(frozen=True, slots=True)
class Who:
    """An identity, and from where it can be written to. `stopped`: since when they want no private messages."""

    card: Person
    reaches: tuple[Reach, ...]
    stopped: str


@dataclass(frozen=True, slots=True)
class Aside:
    """See the module. `shut`: the reader has put it away on wide screens."""

    people: tuple[Who, ...]
    history: History
    strip: Strip | None
    invitations: tuple[Invitation, ...]
    assigned_ms: int | None
    shut: bool


def beside(request: HttpRequest, workspace_id: int, head: Head, lines: Iterable[Line], now_ms: int) -> Aside:
    """All of it. At most 7 queries; budget 12 ms."""
    ours = timeline.ours(workspace_id)
    return Aside(
        people=tuple(_who(card, ours, now_ms) for card in head.identities),
        history=context.history(workspace_id, head),
        strip=_strip(workspace_id, head.id, lines),
        invitations=context.handoffs(workspace_id, head.id),
        assigned_ms=context.assigned_ms(workspace_id, head.id) if head.assignee_id else None,
        shut=request.COOKIES.get(_COOKIE) == "shut",
    )


def _strip(workspace_id: int, conversation_id: int, lines: Iterable[Line]) -> Strip | None:
    """Around the customer's latest post that is shown."""
    theirs = [line for line in lines if line.direction is Direction.IN and line.kind is Kind.POST]
    post = max(theirs, key=lambda line: (line.created_ms, line.id), default=None)
    if post is None or post.thread_id is None:
        return None
    return context.strip(workspace_id, conversation_id, post.thread_id, post)


def _who(card: Person, ours: Iterable[Ours], now_ms: int) -> Who:
    reaches = tuple(_reach(card, one, now_ms) for one in ours if one.network == card.network)
    silent = bool(reaches) and not any(one.open for one in reaches)
    stopped = times.moment(card.stopped_ms, now_ms) if card.stopped_ms is not None and silent else ""
    return Who(card, reaches, stopped)


def _reach(card: Person, account: Ours, now_ms: int) -> Reach:
    verdict = may_dm(card.wrote_ms.get(account.network_id), card.stopped_ms)
    if verdict.allowed and verdict.at_ms is not None:
        return Reach(account.handle, True, _("They wrote privately, last %(time)s") % _at(verdict.at_ms, now_ms))
    if verdict.why == "stopped":
        return Reach(account.handle, False, _("Closed: they asked us to stop"))
    return Reach(account.handle, False, _("Closed: they have not written privately yet"))


def _at(at_ms: int, now_ms: int) -> dict[str, str]:
    return {"time": times.moment(at_ms, now_ms)}
