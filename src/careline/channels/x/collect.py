"""Asking X's own lists for what neither stream nor webhook brought (law 1).

A stream has no acknowledgement, and a dropped connection loses what happened meanwhile; so mentions, our own posts and
Direct Messages are read from where they were last known. Each item goes to the raw log as a small payload of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from careline.channels.base import Collected, Marks, Problem, Steps, Throttled
from careline.channels.x.asking import DM_EXPANSIONS, DM_FIELDS, POST_EXPANSIONS, POST_FIELDS, Asked, Page, ask
from careline.channels.x.ids import first_id_at, made_ms, newest
from careline.channels.x.posts import included_posts, references
from careline.channels.x.reading import Json, network_id, network_ids, obj, objects, pick, text

#: Lists may show a post seconds after a younger one (x-platform: 5.3), and our two lists are read one after the other:
#: the mark stays this far behind now, and the last minutes are read twice.
_SETTLED_MS = 120_000
#: How much X's lists remember: mentions 800, own posts 3,200, Direct Messages 30 days (x-platform: 1.1, 4.5).
_MENTIONS = 800
_OWN_POSTS = 3_200
_DM_MEMORY_MS = 30 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class _Read:
    """What one list gave. `reached`: it was read back to the mark."""

    items: tuple[tuple[str, Json, Json], ...]
    reached: bool = True
    trouble: str = ""


def collect(account_network_id: str, marks: Marks, now_ms: int) -> Steps[Collected]:
    """Everything after `marks`, oldest first; a mark moves only when its lists were read to the end."""
    mentions = yield from _posts(f"/2/users/{account_network_id}/mentions", _MENTIONS, marks, now_ms)
    own = yield from _posts(f"/2/users/{account_network_id}/tweets", _OWN_POSTS, marks, now_ms)
    dms = yield from _dms(marks, now_ms)
    posts_known = not (mentions.trouble or own.trouble)
    return Collected(
        payloads=tuple(_payloads(account_network_id, (*mentions.items, *own.items, *dms.items))),
        marks=Marks(
            post_id=_moved(marks.post_id, (*mentions.items, *own.items), now_ms) if posts_known else marks.post_id,
            dm_id=marks.dm_id if dms.trouble else _moved(marks.dm_id, dms.items, now_ms),
        ),
        covered=mentions.reached and own.reached and dms.reached,
        trouble=" ".join(dict.fromkeys(one.trouble for one in (mentions, own, dms) if one.trouble)),
    )


def _posts(path: str, memory: int, marks: Marks, now_ms: int) -> Steps[_Read]:
    since = {"since_id": marks.post_id} if marks.post_id else {}
    endpoint = f"GET /2/users/:id/{path.rpartition('/')[2]}"
    what = Asked(path, endpoint, {**POST_FIELDS, **POST_EXPANSIONS, **since})
    read = yield from _pages(what, "post", None, now_ms)
    forgotten = marks.post_id is not None and len(read.items) >= memory
    return _Read(read.items, read.reached and not forgotten, read.trouble)


def _dms(marks: Marks, now_ms: int) -> Steps[_Read]:
    """X has no `since_id` for messages: pages are read, newest first, until one that is known."""
    what = Asked("/2/dm_events", "GET /2/dm_events", {**DM_FIELDS, **DM_EXPANSIONS})
    read = yield from _pages(what, "dm", marks.dm_id, now_ms)
    met = marks.dm_id is not None and any(int(one[1]["id"]) <= int(marks.dm_id) for one in read.items)
    forgotten = marks.dm_id is not None and not met and made_ms(marks.dm_id) < now_ms - _DM_MEMORY_MS
    news = tuple(one for one in read.items if marks.dm_id is None or int(one[1]["id"]) > int(marks.dm_id))
    return _Read(news, read.reached and not forgotten, read.trouble)


def _pages(what: Asked, kind: str, until_id: str | None, now_ms: int) -> Steps[_Read]:
    items: list[tuple[str, Json, Json]] = []
    token = ""
    while True:
        page = yield from ask(what, token, now_ms)
        if not isinstance(page, Page):
            return _Read(tuple(items), reached=True, trouble=_trouble(page))
        named = [item for item in page.items if network_id(item.get("id"))]
        items += [(kind, item, page.includes) for item in named]
        known = until_id is not None and any(int(item["id"]) <= int(until_id) for item in named)
        if known or not page.next_token or page.next_token == token:
            return _Read(tuple(items))
        token = page.next_token


def _trouble(page: Throttled | Problem) -> str:
    if isinstance(page, Throttled):
        return "X asks us to wait before its lists are read again."
    return f"{page.detail} {page.advice}".strip()


def _moved(mark: str | None, items: tuple[tuple[str, Json, Json], ...], now_ms: int) -> str | None:
    """The highest id seen, but never one so young that an older one may still turn up."""
    highest = newest(*(str(item["id"]) for _, item, _ in items))
    if highest is None:
        return mark
    return newest(mark, min(highest, first_id_at(now_ms - _SETTLED_MS), key=int))


def _payloads(account: str, items: tuple[tuple[str, Json, Json], ...]) -> list[bytes]:
    """One payload an item, each once, oldest first."""
    each = {(kind, str(item["id"])): (kind, item, includes) for kind, item, includes in items}
    return [_wrapped(account, *each[name]) for name in sorted(each, key=lambda name: int(name[1]))]


def _wrapped(account: str, kind: str, item: Json, includes: Json) -> bytes:
    return msgspec.json.encode(
        {"careline": "list", "kind": kind, "account": account, "data": item, "includes": _belonging(item, includes)}
    )


def _belonging(item: Json, includes: Json) -> dict[str, Any]:
    """What of a page's includes is this item's; of other posts only who wrote them."""
    people = _people_of(item)
    keys = obj(item.get("attachments")).get("media_keys") or ()
    posts = set(references(item).values())
    found = {
        "users": [user for user in objects(includes.get("users")) if network_id(user.get("id")) in people],
        "media": [one for one in objects(includes.get("media")) if one.get("media_key") in keys],
        "tweets": [
            {"id": post["id"], "author_id": post.get("author_id")}
            for post in included_posts(includes)
            if network_id(post.get("id")) in posts
        ],
    }
    return {name: entries for name, entries in found.items() if entries}


def _people_of(item: Json) -> set[str]:
    named = objects(obj(item.get("entities")).get("mentions"))
    ids = [network_id(one.get("id")) for one in named]
    ids += [network_id(item.get(name)) for name in ("author_id", "in_reply_to_user_id", "sender_id")]
    ids += [*network_ids(pick(item, "participant_ids")), *text(item.get("dm_conversation_id")).split("-")]
    return {one for one in ids if one}
