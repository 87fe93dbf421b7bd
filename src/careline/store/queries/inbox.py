"""The list of conversations: what is open, mine, resolved or spam, how many, and where somebody's handle leads.

Keyset paging only: OFFSET 100,000 costs 180 ms on a million conversations, a keyset page 0.2 ms. Queries repeat the
condition of the partial index that serves them, because SQLite uses such an index only for a query that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from careline.domain.words import DeliveryState, Direction, Ending, HandoffState, Kind, State
from careline.store.literal import Literal
from careline.store.models import Conversation, Counter, Delivery, Draft, Handoff, Identity, Message
from careline.store.scoped import scoped

PAGE = 50
#: A list is shown and refreshed whole; beyond so many pages the next one starts a list of its own.
MOST_PAGES = 6
#: Counts stop here; nobody acts differently on 1,001 and 5,000, and counting them all costs 10 ms and more.
MOST = 1000

#: Written out as in the partial indexes of the model.
_OPEN = ~Q(state=Literal(State.RESOLVED))
_DONE = Q(state=Literal(State.RESOLVED))
_TROUBLE = Q(state__in=[Literal(DeliveryState.FAILED), Literal(DeliveryState.STUCK)])
_FIELDS = (
    "id", "customer_id", "state", "ending", "resolved_ms", "assignee_id", "assignee__name", "opened_ms", "waiting_ms",
    "last_ms", "has_public", "has_private", "preview", "preview_audience", "preview_direction",
)  # fmt: skip


class View(StrEnum):
    """The four lists, in the order in which they are shown."""

    OPEN = "open"
    MINE = "mine"
    RESOLVED = "resolved"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. Times in ms; `waiting_ms` None when it is the customer's turn.

    `trouble`: a message of ours did not leave, or nobody knows whether it did, and nothing of ours has left since.
    `invited`: an invitation to write privately is out and good, and the customer has not taken it yet.
    """

    id: int
    name: str
    handle: str
    network: str
    state: str
    ending: str
    resolved_ms: int | None
    assignee_id: int | None
    assignee_name: str | None
    opened_ms: int
    waiting_ms: int | None
    last_ms: int
    has_public: bool
    has_private: bool
    preview: str
    preview_audience: str
    preview_direction: str
    has_draft: bool
    trouble: bool
    invited: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and where the next page starts ("" for no more)."""

    rows: tuple[Row, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations each view holds; MOST + 1 stands for "more than MOST". `waiting`: of the open ones."""

    open: int
    waiting: int
    mine: int
    resolved: int
    spam: int


def rows(workspace_id: int, view: View, *, user_id: int, now_ms: int, after: str = "", pages: int = 1) -> Page:
    """So many pages of a view: the longest waiting first, then those where it is the customer's turn.

    At most 6 queries (two parts of the list, identities, drafts, troubles, invitations); budget for one page 6 ms at a
    million conversations. `after` is `Page.after` of the page before; anything else starts from the top.
    """
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    if view in (View.OPEN, View.MINE):
        found = _live(_view(workspace_id, view, user_id), after, size)
    else:
        endings = (Ending.SPAM,) if view is View.SPAM else (Ending.DONE, Ending.IGNORED)
        found = _ended(workspace_id, endings, after, size)
    more = len(found) > size
    found = found[:size]
    return Page(_rows(workspace_id, user_id, now_ms, found), _mark(found[-1]) if more else "")


def _view(workspace_id: int, view: View, user_id: int) -> QuerySet[Conversation]:
    live = scoped(Conversation, workspace_id).filter(_OPEN)
    return live.filter(assignee_id=user_id) if view is View.MINE else live


def _live(live: QuerySet[Conversation], after: str, size: int) -> list[dict[str, Any]]:
    """Waiting ones by time, then the others, newest first; the two halves of one index."""
    kind, since, last_id = _read(after)
    found: list[dict[str, Any]] = []
    if kind != "idle":
        waiting = live.filter(waiting_ms__isnull=False)
        if kind == "waiting":
            waiting = waiting.filter(waiting_ms__gte=since).filter(Q(waiting_ms__gt=since) | Q(id__gt=last_id))
        found = list(waiting.order_by("waiting_ms", "id").values(*_FIELDS)[: size + 1])
    if len(found) <= size:
        idle = live.filter(waiting_ms__isnull=True)
        if kind == "idle":
            idle = idle.filter(id__lt=last_id)
        found += idle.order_by("-id").values(*_FIELDS)[: size + 1 - len(found)]
    return found


def _ended(workspace_id: int, endings: Iterable[Ending], after: str, size: int) -> list[dict[str, Any]]:
    """Each ending is one run of the index; the runs are merged here, newest first."""
    kind, since, last_id = _read(after)
    found: list[dict[str, Any]] = []
    for ending in endings:
        part = scoped(Conversation, workspace_id).filter(_DONE, ending=ending, resolved_ms__isnull=False)
        if kind == "ended":
            part = part.filter(resolved_ms__lte=since).filter(Q(resolved_ms__lt=since) | Q(id__gt=last_id))
        found += part.order_by("-resolved_ms", "id").values(*_FIELDS)[: size + 1]
    return sorted(found, key=lambda row: (-row["resolved_ms"], row["id"]))[: size + 1]


def _mark(row: dict[str, Any]) -> str:
    if row["state"] == State.RESOLVED:
        return f"ended.{row['resolved_ms']}.{row['id']}"
    if row["waiting_ms"] is None:
        return f"idle.0.{row['id']}"
    return f"waiting.{row['waiting_ms']}.{row['id']}"


def _read(after: str) -> tuple[str, int, int]:
    kind, _, rest = after.partition(".")
    since, _, last_id = rest.partition(".")
    if kind in ("waiting", "idle", "ended") and since.isdecimal() and last_id.isdecimal():
        return kind, min(int(since), 2**62), min(int(last_id), 2**62)
    return "", 0, 0


def _rows(workspace_id: int, user_id: int, now_ms: int, found: list[dict[str, Any]]) -> tuple[Row, ...]:
    ids = [row["id"] for row in found]
    people = list(_people(workspace_id, {row["customer_id"] for row in found}))
    known: dict[int, Mapping[str, Any]] = {one["customer_id"]: one for one in people}
    drafts = scoped(Draft, workspace_id).filter(user_id=user_id, conversation_id__in=ids)
    drafted = set(drafts.values_list("conversation_id", flat=True))
    troubled = set(_troubled(workspace_id, [one["id"] for one in people]))
    invited = set(_invited(workspace_id, ids, now_ms))
    return tuple(
        Row(
            **{key: value for key, value in row.items() if key not in ("customer_id", "assignee__name")},
            **{key: known.get(row["customer_id"], {}).get(key, "") for key in ("name", "handle", "network")},
            assignee_name=row["assignee__name"],
            has_draft=row["id"] in drafted,
            trouble=row["id"] in troubled and row["state"] != State.RESOLVED,
            invited=row["id"] in invited,
        )
        for row in found
    )


def _people(workspace_id: int, customer_ids: set[int]) -> Iterable[Mapping[str, Any]]:
    """Every identity of these customers; the one under which each is best known, the one seen last, comes last."""
    identities = scoped(Identity, workspace_id).filter(customer_id__in=customer_ids).order_by("as_of_ms", "id")
    return identities.values("id", "customer_id", "name", "handle", "network")


def _troubled(workspace_id: int, identity_ids: list[int]) -> Iterable[int]:
    """Conversations of these people in which something of ours did not leave and nothing has left since.

    Through the identity, because a partial index holds the few deliveries that failed by it; through the messages of
    fifty conversations the same question would read every one of them.
    """
    since = scoped(Message, workspace_id).filter(
        conversation_id=OuterRef("message__conversation_id"),
        created_ms__gt=OuterRef("message__created_ms"),
        direction=Direction.OUT,
        void=False,
    )
    failed = scoped(Delivery, workspace_id).filter(_TROUBLE, identity_id__in=identity_ids)
    standing = failed.filter(~Exists(since.exclude(kind=Kind.NOTE)))
    return standing.values_list("message__conversation_id", flat=True)


def _invited(workspace_id: int, conversation_ids: list[int], now_ms: int) -> Iterable[int]:
    offered = scoped(Handoff, workspace_id).filter(conversation_id__in=conversation_ids, state=HandoffState.OFFERED)
    good = offered.filter(Q(expires_ms__isnull=True) | Q(expires_ms__gt=now_ms))
    return good.values_list("conversation_id", flat=True)


def counts(workspace_id: int, user_id: int) -> Counts:
    """How many each view holds, none counted further than MOST + 1. 6 queries; budget 3 ms."""
    ended = scoped(Conversation, workspace_id).filter(_DONE, resolved_ms__isnull=False)
    resolved = sum(_up_to(ended.filter(ending=ending)) for ending in (Ending.DONE, Ending.IGNORED))
    live = _view(workspace_id, View.OPEN, user_id)
    return Counts(
        open=_up_to(live),
        waiting=_up_to(live.filter(waiting_ms__isnull=False)),
        mine=_up_to(_view(workspace_id, View.MINE, user_id)),
        resolved=min(resolved, MOST + 1),
        spam=_up_to(ended.filter(ending=Ending.SPAM)),
    )


def _up_to(conversations: QuerySet[Conversation]) -> int:
    return conversations.values("id")[: MOST + 1].count()


def find(workspace_id: int, handle: str, *, user_id: int, now_ms: int) -> Page:
    """Conversations of people whose handle begins so, in any state, the latest first.

    6 queries; budget 6 ms. An index on the folded handle serves the range, which is written so that it holds in any
    collation: every letter a handle may carry sorts at or before z.
    """
    folded = handle.strip().lstrip("@").casefold()
    if not folded:
        return Page(())
    people = scoped(Identity, workspace_id).filter(
        handle_folded__gte=folded, handle_folded__lte=folded + "z" * 20, handle_folded__startswith=folded
    )
    customers = list(people.order_by("handle_folded", "id").values_list("customer_id", flat=True)[:PAGE])
    theirs = scoped(Conversation, workspace_id).filter(customer_id__in=customers).exclude(ending=Ending.WITHDRAWN)
    return Page(_rows(workspace_id, user_id, now_ms, list(theirs.order_by("-last_ms", "-id").values(*_FIELDS)[:PAGE])))


def latest_change(workspace_id: int) -> int:
    """The number of the workspace's latest change; read it before the rows that are shown with it. One query."""
    seq = scoped(Counter, workspace_id).values_list("changes", flat=True).first()
    return seq or 0
