"""Asking X what became of a message whose answer never came (law 2).

A public answer must show in our own timeline, a Direct Message in our list of messages with that person. `complete`
is said only when every page since the attempt was seen: the absence of evidence counts only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from careline.channels.base import LookedUp, Outbound, Problem, Shown, Steps, Throttled
from careline.channels.x.asking import DM_FIELDS, POST_FIELDS, Asked, Page, ask
from careline.channels.x.dms import read_dm_event
from careline.channels.x.posts import read_post
from careline.domain.facts import DmSeen, PostSeen

#: Our clock and X's may differ by this much.
SKEW_MS = 120_000
#: 1,000 messages of ours within one doubt is far beyond X's own limits.
_PAGES = 10


def look_up(message: Outbound, since_ms: int, now_ms: int) -> Steps[LookedUp | Throttled | Problem]:
    """What X shows of ours, made since `since_ms` (less the skew), that could be `message`, oldest first."""
    from_ms = since_ms - SKEW_MS
    what = _conversation(message) if message.recipient_id else _timeline(message, from_ms)
    found: list[Shown] = []
    token = ""
    for _ in range(_PAGES):
        page = yield from ask(what, token, now_ms)
        if not isinstance(page, Page):
            return page
        seen = list(_seen(page, message))
        found += [_shown(one) for one in seen if _could_be(one, message, from_ms)]
        token = page.next_token
        if not token or any(one.created_ms < from_ms for one in seen):
            return LookedUp(_oldest_first(found), complete=True)
    return LookedUp(_oldest_first(found), complete=False)


def _timeline(message: Outbound, from_ms: int) -> Asked:
    start = datetime.fromtimestamp(from_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = f"/2/users/{message.account_network_id}/tweets"
    return Asked(path, "GET /2/users/:id/tweets", {**POST_FIELDS, "start_time": start})


def _conversation(message: Outbound) -> Asked:
    path = f"/2/dm_conversations/with/{message.recipient_id}/dm_events"
    return Asked(path, "GET /2/dm_conversations/with/:id/dm_events", DM_FIELDS)


def _seen(page: Page, message: Outbound) -> Iterator[PostSeen | DmSeen]:
    for item in page.items:
        fact = (
            read_dm_event(item, page.includes, message.account_network_id)
            if message.recipient_id
            else read_post(item, page.includes)
        )
        if isinstance(fact, PostSeen | DmSeen):
            yield fact


def _could_be(one: PostSeen | DmSeen, message: Outbound, from_ms: int) -> bool:
    if one.created_ms < from_ms:
        return False
    if isinstance(one, DmSeen):
        return (one.sender_id, one.recipient_id) == (message.account_network_id, message.recipient_id)
    return (one.author_id, one.reply_to_id) == (message.account_network_id, message.reply_to_id)


def _shown(one: PostSeen | DmSeen) -> Shown:
    return Shown(one.id, one.text, one.created_ms)


def _oldest_first(found: list[Shown]) -> tuple[Shown, ...]:
    return tuple(sorted(found, key=lambda one: int(one.network_id)))
