"""The operator's side of a replay: recorded posts enter the world past all rules for composing.

The player sends many posts in one request, so that a recording of thousands plays in seconds. Ids are asked for
beforehand: they have to rise with the recorded time, whatever order the posts are then played in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from careline_sandbox.deliver import events
from careline_sandbox.http.operator import Order, control
from careline_sandbox.rules import compose
from careline_sandbox.world import happenings, people, posts, schema

_MOST_IDS = 10_000
_MOST_POSTS = 1_000


@control("POST /_sandbox/replay/ids")
async def mint(order: Order) -> Any:
    """{"at_ms": [...]} (rising) -> {"ids": [...]}: ids for things of those moments, in that order."""
    moments = order.body.get("at_ms")
    if not isinstance(moments, list) or len(moments) > _MOST_IDS or not all(type(at) is int for at in moments):
        raise ValueError(f"at_ms is a list of at most {_MOST_IDS} unix milliseconds")
    return {"ids": [str(order.local_x.ids.mint_past(at)) for at in moments]}


@control("POST /_sandbox/replay")
async def play(order: Order) -> Any:
    """Write recorded posts and people who are not there yet; all of them or, if one is wrong, none.

    {"posts": [{"id", "author", "text", "at_ms", "in_reply_to_id"?, "conversation_id"?, "in_reply_to"?}],
    "people": [username]} -> {"told": [[[event type, username], ...] for each post]}: what X would tell about
    each, whether or not anybody subscribed.
    """
    recorded, now_ms = order.body.get("posts", []), order.local_x.clock.now_ms()
    if not isinstance(recorded, list) or len(recorded) > _MOST_POSTS:
        raise ValueError(f"posts is a list of at most {_MOST_POSTS}")
    with order.local_x.world.write() as tx:
        _add_people(tx, order, now_ms=now_ms)
        known = people.by_usernames(tx, _names(recorded)) if recorded else {}
        before = schema.last_seq(tx)
        for entry in recorded:
            _record(tx, entry, known)
        # Said years ago, but happening here now: a stream's backfill and a webhook's replay go by that.
        tx.execute("UPDATE happenings SET at_ms = ?1, visible_at_ms = ?1 WHERE seq > ?2", (now_ms, before))
        told = [events.topics(tx, row) for row in happenings.after(tx, before, len(recorded))]
        names = {person: _username(tx, person) for topics in told for _, person in topics}
    return {"told": [[[event_type, names[person]] for event_type, person in topics] for topics in told]}


def _add_people(connection: sqlite3.Connection, order: Order, *, now_ms: int) -> None:
    for username in order.body.get("people", []):
        if people.by_username(connection, str(username)) is None:
            person_id = order.local_x.ids.mint(now_ms)
            people.add(connection, str(username), person_id=person_id, at_ms=now_ms)


def _names(recorded: list[Mapping[str, Any]]) -> set[str]:
    return {str(entry[key]) for entry in recorded for key in ("author", "in_reply_to") if entry.get(key)}


def _record(connection: sqlite3.Connection, entry: Mapping[str, Any], known: Mapping[str, int]) -> None:
    author, post_id = str(entry["author"]).lower(), int(entry["id"])
    if author not in known:
        raise LookupError(f"there is no person {entry['author']}")
    if posts.raw(connection, post_id) is not None:
        raise ValueError(f"there is a post {post_id} already")
    compose.record(
        connection,
        str(entry["text"]),
        post_id=post_id,
        author_id=known[author],
        at_ms=int(entry["at_ms"]),
        in_reply_to_id=_optional(entry, "in_reply_to_id"),
        conversation_id=_optional(entry, "conversation_id"),
        in_reply_to_user_id=known.get(str(entry.get("in_reply_to")).lower()),
    )


def _optional(entry: Mapping[str, Any], name: str) -> int | None:
    return int(entry[name]) if entry.get(name) else None


def _username(connection: sqlite3.Connection, person_id: int) -> str:
    row = people.get(connection, person_id)
    return str(row["username"]) if row else str(person_id)


ROUTES = [mint, play]
