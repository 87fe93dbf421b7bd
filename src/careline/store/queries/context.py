"""What an agent wants to know beside a conversation: who this is, what was before, what the thread says, who has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min

from careline.domain.words import Direction, Ending, HandoffState
from careline.store.models import Conversation, Decision, Handoff, Message
from careline.store.queries.timeline import Head, Line, posts
from careline.store.scoped import scoped

#: Earlier conversations that are listed; a customer of many years has more.
EARLIER = 50
#: Posts of a thread that are looked through, the newest first; a thread that went round the world has thousands.
THREAD = 200
#: The posts right above the newest one that are shown, and our own posts in the thread.
ABOVE, OURS = 4, 3
#: Invitations that are listed.
HANDOFFS = 5


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another conversation of the same customer."""

    id: int
    state: str
    ending: str
    opened_ms: int
    last_ms: int
    preview: str
    preview_audience: str
    preview_direction: str


@dataclass(frozen=True, slots=True)
class History:
    """The customer's other conversations, newest first; `count` and `since_ms` are of all they ever had."""

    earlier: tuple[Earlier, ...]
    count: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody else in the thread. `conversation_id`: their own, where they have one with us."""

    name: str
    handle: str
    posts: int
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class Strip:
    """The thread around a customer's post.

    `above`: what it answers, the beginning first; `cut`: some between the first and the second are not shown.
    `missing`: network id of the post above those, which the desk does not have, or "" (the first began the thread).
    `ours`: what we have said there, oldest first. `more`: the thread is longer than what was looked through.
    """

    above: tuple[Line, ...] = ()
    cut: bool = False
    missing: str = ""
    ours: tuple[Line, ...] = ()
    ours_count: int = 0
    voices: tuple[Voice, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """A handoff. `arrived_ms`: when they wrote privately, if they did."""

    state: str
    offered_ms: int | None
    expires_ms: int | None
    arrived_ms: int | None


@dataclass(slots=True)
class _Heard:
    """What is counted about one voice while the thread is read."""

    name: str
    handle: str
    posts: int = 0
    conversation_id: int | None = None


def history(workspace_id: int, head: Head) -> History:
    """See History. 1 query, 2 where the customer has more than EARLIER others; budget 2 ms."""
    theirs = scoped(Conversation, workspace_id).filter(customer_id=head.customer_id).exclude(ending=Ending.WITHDRAWN)
    found = theirs.exclude(id=head.id).order_by("-last_ms", "-id").values(*Earlier.__dataclass_fields__)[:EARLIER]
    earlier = tuple(Earlier(**row) for row in found)
    if len(earlier) < EARLIER:
        return History(earlier, len(earlier) + 1, min([head.opened_ms, *(one.opened_ms for one in earlier)]))
    whole = theirs.aggregate(count=Count("id"), since=Min("opened_ms"))
    return History(earlier, whole["count"], whole["since"])


def handoffs(workspace_id: int, conversation_id: int) -> tuple[Invitation, ...]:
    """Invitations of this conversation, newest first. 1 query; budget 1 ms."""
    rows = scoped(Handoff, workspace_id).filter(conversation_id=conversation_id).exclude(state=HandoffState.WITHDRAWN)
    return tuple(Invitation(**row) for row in rows.order_by("-id").values(*Invitation.__dataclass_fields__)[:HANDOFFS])


def assigned_ms(workspace_id: int, conversation_id: int) -> int | None:
    """When it last changed hands, or None. 1 query; budget 1 ms."""
    turns = scoped(Decision, workspace_id).filter(conversation_id=conversation_id, verb="assigned").order_by("-seq")
    return turns.values_list("at_ms", flat=True).first()


def strip(workspace_id: int, conversation_id: int, thread_id: int, post: Line) -> Strip:
    """The thread around `post`, one of this conversation's. 2 queries; budget 5 ms."""
    rows = list(_thread(workspace_id, thread_id)[: THREAD + 1])
    more, rows = len(rows) > THREAD, rows[:THREAD]
    above, missing = _above(rows, post)
    kept = above if len(above) <= ABOVE + 1 else [above[0], *above[-ABOVE:]]
    ours = [row["network_id"] for row in rows if row["direction"] == Direction.OUT and row["network_id"]]
    shown = posts(workspace_id, [*kept, *ours[:OURS]])
    return Strip(
        above=tuple(shown[one] for one in kept if one in shown),
        cut=len(kept) < len(above),
        missing=missing,
        ours=tuple(shown[one] for one in ours[:OURS][::-1] if one in shown),
        ours_count=len(ours),
        voices=_voices(rows, conversation_id),
        more=more,
    )


def _thread(workspace_id: int, thread_id: int) -> Any:
    rows = scoped(Message, workspace_id).filter(thread_id=thread_id, deleted_ms__isnull=True, void=False)
    return rows.order_by("-created_ms", "-id").values(
        "id", "network_id", "version_id", "reply_to_id", "direction", "identity_id", "conversation_id",
        "identity__name", "identity__handle",
    )  # fmt: skip


def _above(rows: list[dict[str, Any]], post: Line) -> tuple[list[str], str]:
    """Network ids of what `post` answers, from as far up as is known, and of what is above that, or ""."""
    known = {row["version_id"]: row for row in rows} | {row["network_id"]: row for row in rows}
    found: dict[str, None] = {}
    wanted = post.reply_to_id
    while wanted and (row := known.get(wanted)) and row["network_id"] not in (*found, post.network_id):
        found[row["network_id"]] = None
        wanted = row["reply_to_id"]
    return list(found)[::-1], wanted


def _voices(rows: Iterable[dict[str, Any]], conversation_id: int) -> tuple[Voice, ...]:
    """Who else takes part, those who said most first; the customer of this conversation is left out."""
    heard: dict[int, _Heard] = {}
    theirs: set[int] = set()
    for row in rows:
        if row["direction"] != Direction.IN or row["identity_id"] is None:
            continue
        if row["conversation_id"] == conversation_id:
            theirs.add(row["identity_id"])
        one = heard.setdefault(row["identity_id"], _Heard(row["identity__name"] or "", row["identity__handle"] or ""))
        one.posts += 1
        one.conversation_id = one.conversation_id or row["conversation_id"]
    others = [one for identity_id, one in heard.items() if identity_id not in theirs]
    others.sort(key=lambda one: (-one.posts, one.handle))
    return tuple(Voice(one.name, one.handle, one.posts, one.conversation_id) for one in others)
