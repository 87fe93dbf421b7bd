"""One conversation as an agent reads it: its messages, what was decided about it, and who else speaks there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from careline.domain.words import Audience, DeliveryState, Direction, Ending, Kind
from careline.store.models import (
    Account,
    Attachment,
    Change,
    Conversation,
    Decision,
    Delivery,
    Draft,
    Handoff,
    Identity,
    Message,
)
from careline.store.scoped import scoped

PAGE = 50
#: Networks on which posts can be quoted.
NETWORKS = ("x",)
#: Other people's posts shown beside a conversation; a thread that went round the world has thousands.
NEIGHBOURS = 20


@dataclass(frozen=True, slots=True)
class Person:
    """A customer's identity. What ends in `_ms` is explained at store.models.Identity."""

    id: int
    network: str
    network_id: str
    name: str
    handle: str
    protected: bool = False
    stopped_ms: int | None = None
    wrote_ms: dict[str, int] = field(default_factory=dict)
    read_ms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """A conversation without its messages. `identities`: the customer's, the one seen last first."""

    id: int
    customer_id: int
    state: str
    ending: str
    opened_ms: int
    waiting_ms: int | None
    resolved_ms: int | None
    has_public: bool
    has_private: bool
    assignee_id: int | None
    assignee_name: str | None
    prior_id: int | None
    identities: tuple[Person, ...]

    @property
    def person(self) -> Person:
        """Who is shown as the customer."""
        return self.identities[0] if self.identities else Person(0, "", "", "", "")


@dataclass(frozen=True, slots=True)
class Picture:
    """An attachment. `blob` "" while we have no copy of our own; of moving pictures that is a still."""

    id: int
    kind: str
    alt: str
    state: str
    blob: str
    width: int
    height: int
    reason: str
    duration_ms: int | None

    @property
    def moves(self) -> bool:
        """Whether it is a still of something that plays only at the network."""
        return self.kind in ("video", "animated_gif")


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a message of ours fares on its way. Times in ms."""

    state: DeliveryState
    not_before_ms: int
    reason: str
    detail: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Quote:
    """A post of the desk's as another one shows it. `here`: it stands among the same lines."""

    id: int
    text: str
    created_ms: int
    deleted_ms: int | None
    name: str
    here: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the timeline. `author`: a colleague's name, "" for the network's own app or the customer.

    `quoted`: the post that this one quotes, where the desk has it; `quoted_id` alone where it has not.
    """

    id: int
    network: str
    kind: Kind
    audience: Audience
    direction: Direction
    text: str
    created_ms: int
    network_id: str | None
    thread_id: int | None
    reply_to_id: str
    quoted_id: str
    account_id: int | None
    account_handle: str | None
    account_network_id: str | None
    author: str
    identity_id: int | None
    name: str
    handle: str
    edited: bool
    deleted_ms: int | None
    conversation_id: int | None
    shape: dict[str, Any] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    leaving: Leaving | None = None
    handoff: str = ""
    handoff_until_ms: int | None = None
    quoted: Quote | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One decision, to be told in small type. `by`: a colleague's name, "" for the desk."""

    seq: int
    at_ms: int
    verb: str
    by: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a conversation, oldest first. `before`: where the older part ends, "" if this is the beginning."""

    lines: tuple[Line, ...]
    events: tuple[Event, ...]
    before: str = ""


def head(workspace_id: int, conversation_id: int) -> Head | None:
    """A conversation of this workspace, or None. 2 queries; budget 1 ms."""
    fields = [name for name in Head.__dataclass_fields__ if name not in ("identities", "assignee_name")]
    theirs = scoped(Conversation, workspace_id).exclude(ending=Ending.WITHDRAWN)
    found = theirs.filter(id=conversation_id).values(*fields, "assignee__name").first()
    if found is None:
        return None
    assignee = found.pop("assignee__name")
    return Head(**found, assignee_name=assignee, identities=tuple(_people(workspace_id, found["customer_id"])))


def _people(workspace_id: int, customer_id: int) -> Iterable[Person]:
    rows = scoped(Identity, workspace_id).filter(customer_id=customer_id).order_by("-as_of_ms", "-id")
    return (Person(**row) for row in rows.values(*Person.__dataclass_fields__))


def stretch(workspace_id: int, conversation_id: int, *, before: str = "") -> Stretch:
    """The last PAGE messages before a mark, with pictures, deliveries, handoffs and the decisions of that time.

    6 queries (one only where a post is quoted); budget 10 ms at 10 million messages. `before` is `Stretch.before` of
    the newer part.
    """
    found = scoped(Message, workspace_id).filter(conversation_id=conversation_id)
    at_ms, last_id = _read(before)
    if at_ms is not None:
        found = found.filter(created_ms__lte=at_ms).filter(Q(created_ms__lt=at_ms) | Q(id__lt=last_id))
    rows = list(found.order_by("-created_ms", "-id").values(*_FIELDS)[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE][::-1]
    mark = f"{rows[0]['created_ms']}.{rows[0]['id']}" if more else ""
    from_ms = rows[0]["created_ms"] if more else 0
    return Stretch(_lines(workspace_id, rows), _events(workspace_id, conversation_id, from_ms, at_ms), mark)


_FIELDS = (
    "id", "network", "kind", "audience", "direction", "text", "created_ms", "network_id", "thread_id", "reply_to_id",
    "quoted_id", "account_id", "account__handle", "account__network_id", "written_by__name", "identity_id",
    "identity__name", "identity__handle",
    "version_id", "deleted_ms", "conversation_id", "shape",
)  # fmt: skip


def _read(mark: str) -> tuple[int | None, int]:
    at_ms, _, last_id = mark.partition(".")
    if at_ms.isdecimal() and last_id.isdecimal():
        return min(int(at_ms), 2**62), min(int(last_id), 2**62)
    return None, 0


def _lines(workspace_id: int, rows: list[dict[str, Any]]) -> tuple[Line, ...]:
    ids = [row["id"] for row in rows]
    ours = [row["id"] for row in rows if row["direction"] == Direction.OUT]
    pictures = _pictures(workspace_id, ids)
    leaving = _leaving(workspace_id, ours)
    invited = scoped(Handoff, workspace_id).filter(message_id__in=ours)
    handoffs = {one: (state, until) for one, state, until in invited.values_list("message_id", "state", "expires_ms")}
    quoted = _quotes(workspace_id, rows)
    return tuple(
        replace(
            _line(row, tuple(pictures.get(row["id"], ())), leaving.get(row["id"]), handoffs.get(row["id"], ("", None))),
            quoted=quoted.get(row["quoted_id"]),
        )
        for row in rows
    )


def _quotes(workspace_id: int, rows: list[dict[str, Any]]) -> dict[str, Quote]:
    here = {row["id"] for row in rows}
    found = posts(workspace_id, {row["quoted_id"] for row in rows if not row["deleted_ms"]})
    return {
        network_id: Quote(
            id=line.id,
            text=line.text,
            created_ms=line.created_ms,
            deleted_ms=line.deleted_ms,
            name=line.name or line.handle or line.account_handle or "",
            here=line.id in here,
        )
        for network_id, line in found.items()
    }


def posts(workspace_id: int, network_ids: Iterable[str]) -> dict[str, Line]:
    """Posts by network id, of whichever conversation or none. 1 query; budget 1 ms."""
    wanted = [one for one in network_ids if one]
    if not wanted:
        return {}
    rows = scoped(Message, workspace_id).filter(network__in=NETWORKS, kind=Kind.POST, network_id__in=wanted)
    return {row["network_id"]: _line(row) for row in rows.values(*_FIELDS)}


def _line(
    row: dict[str, Any],
    pictures: tuple[Picture, ...] = (),
    leaving: Leaving | None = None,
    handoff: tuple[str, int | None] = ("", None),
) -> Line:
    row = dict(row)
    version = row.pop("version_id")
    return Line(
        kind=Kind(row.pop("kind")),
        audience=Audience(row.pop("audience")),
        direction=Direction(row.pop("direction")),
        account_handle=row.pop("account__handle"),
        account_network_id=row.pop("account__network_id"),
        author=row.pop("written_by__name") or "",
        name=row.pop("identity__name") or "",
        handle=row.pop("identity__handle") or "",
        edited=bool(version) and version != row["network_id"],
        pictures=pictures,
        leaving=leaving,
        handoff=handoff[0],
        handoff_until_ms=handoff[1],
        **row,
    )


_PICTURE = ("id", "kind", "alt", "state", "blob", "width", "height", "reason", "duration_ms")


def _pictures(workspace_id: int, message_ids: list[int]) -> dict[int, list[Picture]]:
    found: dict[int, list[Picture]] = {}
    rows = scoped(Attachment, workspace_id).filter(message_id__in=message_ids).order_by("message_id", "position", "id")
    for row in rows.values("message_id", *_PICTURE):
        found.setdefault(row["message_id"], []).append(Picture(**{name: row[name] for name in _PICTURE}))
    return found


def _leaving(workspace_id: int, message_ids: list[int]) -> dict[int, Leaving]:
    rows = scoped(Delivery, workspace_id).filter(message_id__in=message_ids)
    fields = ("message_id", "state", "not_before_ms", "reason", "detail", "evidence")
    return {
        row["message_id"]: Leaving(
            DeliveryState(row["state"]), row["not_before_ms"], row["reason"], row["detail"], row["evidence"]
        )
        for row in rows.values(*fields)
    }


def _events(workspace_id: int, conversation_id: int, from_ms: int, until_ms: int | None) -> tuple[Event, ...]:
    rows = scoped(Decision, workspace_id).filter(conversation_id=conversation_id, at_ms__gte=from_ms)
    if until_ms is not None:
        rows = rows.filter(at_ms__lt=until_ms)
    found = rows.order_by("-seq").values("seq", "at_ms", "verb", "by__name", "data")[: 2 * PAGE]
    return tuple(Event(row["seq"], row["at_ms"], row["verb"], row["by__name"] or "", row["data"]) for row in found)[
        ::-1
    ]


def neighbours(workspace_id: int, conversation_id: int, lines: Iterable[Line]) -> dict[int, tuple[Line, ...]]:
    """Other people's posts in the threads that these lines hang in, by thread, oldest first, NEIGHBOURS in all.

    1 query; budget 3 ms. A post of another conversation says which, so that a page can lead there.
    """
    threads = {line.thread_id for line in lines if line.thread_id is not None}
    if not threads:
        return {}
    others = scoped(Message, workspace_id).filter(thread_id__in=threads, deleted_ms__isnull=True)
    others = others.filter(Q(conversation_id__isnull=True) | ~Q(conversation_id=conversation_id))
    found: dict[int, tuple[Line, ...]] = {}
    for row in others.order_by("-created_ms", "-id").values(*_FIELDS)[:NEIGHBOURS]:
        found[row["thread_id"]] = (_line(row), *found.get(row["thread_id"], ()))
    return found


@dataclass(frozen=True, slots=True)
class Ours:
    """An account of ours, without its secrets."""

    id: int
    network: str
    network_id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class Answerable:
    """What a composer must know: the messages it may answer and the accounts it may speak as.

    `post`, `dm`: the customer's latest of each, or None; `asked`: the message chosen to be answered, if any.
    """

    post: Line | None
    dm: Line | None
    asked: Line | None
    accounts: tuple[Ours, ...]

    @property
    def latest(self) -> Line | None:
        """The customer's last message of either kind."""
        both = [line for line in (self.post, self.dm) if line is not None]
        return max(both, key=lambda line: (line.created_ms, line.id), default=None)


def answerable(workspace_id: int, conversation_id: int, *, asked_id: int | None = None) -> Answerable:
    """See Answerable. 3 or 4 queries; budget 3 ms."""
    theirs = scoped(Message, workspace_id).filter(
        conversation_id=conversation_id, direction=Direction.IN, deleted_ms__isnull=True
    )
    asked = theirs.filter(id=asked_id).values(*_FIELDS).first() if asked_id else None
    last = {
        kind: theirs.filter(kind=kind).order_by("-created_ms", "-id").values(*_FIELDS).first()
        for kind in (Kind.POST, Kind.DM)
    }
    return Answerable(
        post=_line(last[Kind.POST]) if last[Kind.POST] else None,
        dm=_line(last[Kind.DM]) if last[Kind.DM] else None,
        asked=_line(asked) if asked else None,
        accounts=ours(workspace_id),
    )


def ours(workspace_id: int) -> tuple[Ours, ...]:
    """Our accounts. 1 query; budget 1 ms."""
    rows = scoped(Account, workspace_id).order_by("id").values("id", "network", "network_id", "handle", "name")
    return tuple(Ours(**row) for row in rows)


def drafts(workspace_id: int, conversation_id: int, user_id: int) -> dict[str, str]:
    """What this person has typed here and not sent, by mode. 1 query; budget 1 ms."""
    rows = scoped(Draft, workspace_id).filter(conversation_id=conversation_id, user_id=user_id)
    return dict(rows.values_list("mode", "text"))


def picture(workspace_id: int, attachment_id: int) -> str | None:
    """The key of our copy of a picture, or None where there is none to show. 1 query; budget 1 ms."""
    kept = scoped(Attachment, workspace_id).filter(id=attachment_id, state="kept").exclude(blob="")
    return kept.values_list("blob", flat=True).first()


def changes(workspace_id: int, after: int) -> list[dict[str, Any]]:
    """What changed after number `after`, rising, at most 200. 1 query; budget 1 ms."""
    rows = scoped(Change, workspace_id).filter(seq__gt=after).order_by("seq")
    return [dict(row) for row in rows.values("seq", "what", "conversation_id", "message_id")[:200]]


def audience_of(workspace_id: int, message_id: int) -> str | None:
    """Who can read a message, or None if it is not of this workspace. 1 query; budget 1 ms."""
    return scoped(Message, workspace_id).filter(id=message_id).values_list("audience", flat=True).first()


def heir(workspace_id: int, conversation_id: int) -> int | None:
    """The conversation that took in one that is no longer here, or None. 2 queries a step; budget 2 ms."""
    gone = scoped(Decision, workspace_id).filter(conversation_id=conversation_id, verb="withdrawn").order_by("-seq")
    data = gone.values_list("data", flat=True).first()
    found = (data or {}).get("heir")
    alive = scoped(Conversation, workspace_id).exclude(ending=Ending.WITHDRAWN)
    return found if found and alive.filter(id=found).exists() else None
