"""Which events a happening makes, and what each looks like on the wire (x-platform section 4.4).

Only what X would tell is told. A mention is an @name that the author wrote, never one that a reply carries by
itself; a reply is a direct answer to a post of the person subscribed for; nobody is told of their own doing as
if somebody else had done it; and a protected account's posts reach nobody. Posts have the v2 shape with a
``*_str`` twin beside every number, messages the shape of 2017.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from careline_sandbox.deliver.registry import Subscription
from careline_sandbox.wire.dms import aaa_dm
from careline_sandbox.wire.fields import Asked, names
from careline_sandbox.wire.media import media_object
from careline_sandbox.wire.posts import post_object
from careline_sandbox.wire.users import user_object
from careline_sandbox.world import media, people, posts
from careline_sandbox.world.happenings import Happening

_MEDIA = Asked(media_fields=names("alt_text duration_ms height preview_image_url url variants width"))
Topic = tuple[str, int]  # an event type and the person it is about


@dataclass(slots=True)
class Users:
    """People as events show them, rendered once for a batch: their counts may lag by that, as X's do."""

    connection: sqlite3.Connection
    known: dict[int, dict[str, Any]] = field(default_factory=dict)

    def shown(self, person_id: int) -> dict[str, Any]:
        """The v2 user with twins. Raises LookupError for a person who does not exist."""
        if person_id not in self.known:
            self.known[person_id] = with_twins(user_object(self.connection, person_id))
        return self.known[person_id]


@dataclass(frozen=True, slots=True)
class Content:
    """What an event says, already encoded: ``payload`` and, where the type has them, ``includes``."""

    payload: msgspec.Raw
    includes: msgspec.Raw | None


def topics(connection: sqlite3.Connection, happening: Happening) -> list[Topic]:
    """The events that X makes of a happening; none for what it does not tell, or can no longer."""
    return list(_TOPICS.get(happening.kind, _nothing)(connection, happening))


def content(users: Users, happening: Happening, event_type: str) -> Content:
    """The payload and includes of one of the happening's events. Raises LookupError if it is gone."""
    payload, includes = _CONTENTS[event_type](users, happening)
    encode = msgspec.json.encode
    return Content(msgspec.Raw(encode(payload)), None if includes is None else msgspec.Raw(encode(includes)))


def envelope(subscription: Subscription, happening: Happening, told: Content, *, seed: int) -> bytes:
    """The body of a webhook, or a line of the stream: one event for one subscription."""
    data: dict[str, Any] = {
        "event_uuid": event_uuid(subscription, happening, seed=seed),
        "filter": subscription.filter,
        "event_type": subscription.event_type,
    }
    if subscription.tag:
        data["tag"] = subscription.tag
    data["payload"] = told.payload
    if told.includes is not None:
        data["includes"] = told.includes
    return msgspec.json.encode({"data": data})


def replay_notice(webhook_id: int, job_id: int) -> bytes:
    """What a webhook is sent when a replay job is done."""
    status = {
        "webhook_id": str(webhook_id),
        "job_state": "Complete",
        "job_state_description": "Job completed successfully",
        "job_id": str(job_id),
    }
    return msgspec.json.encode({"replay_job_status": status})


def event_uuid(subscription: Subscription, happening: Happening, *, seed: int) -> str:
    """The event's id: the post's own for posts and mentions, else 64 bits of either sign, as X's samples have.

    The same event has the same id however often it is delivered.
    """
    if subscription.event_type in ("post.create", "post.mention.create"):
        return str(happening.subject_id)
    text = f"{seed}|{happening.seq}|{subscription.event_type}|{subscription.user_id}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return str(int.from_bytes(digest, signed=True))


def with_twins(value: Any) -> Any:
    """A copy in which every number that is a member of an object has its ``*_str`` twin behind it."""
    if isinstance(value, list):
        return [with_twins(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    twinned: dict[str, Any] = {}
    for key, entry in value.items():
        twinned[key] = with_twins(entry)
        if isinstance(entry, int) and not isinstance(entry, bool):
            twinned[f"{key}_str"] = str(entry)
    return twinned


def _nothing(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    yield from ()


def _of_post(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    row = posts.raw(connection, happening.subject_id)
    author = happening.actor_id
    if row is None or row["deleted_at_ms"] is not None or _is_protected(connection, author):
        return
    yield "post.create", author
    explicit = [person for person, wrote in posts.named(connection, row["id"]).items() if wrote]
    yield from (("post.mention.create", person) for person in sorted(explicit) if person != author)
    if row["in_reply_to_user_id"] not in (None, author):
        yield "post.reply.create", row["in_reply_to_user_id"]
    quoted = posts.raw(connection, row["quoted_id"]) if row["quoted_id"] else None
    if quoted is not None and quoted["author_id"] != author:
        yield "post.quote.create", quoted["author_id"]


def _of_deletion(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    if not _is_protected(connection, happening.actor_id):
        yield "post.delete", happening.actor_id


def _of_message(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    yield "dm.sent", happening.actor_id
    if happening.other_id is not None:
        yield "dm.received", happening.other_id


def _of_reading(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    # X tells the one whose message was read, not the one who read it.
    if happening.other_id is not None:
        yield "dm.read", happening.other_id


def _of_typing(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    # Like reading, it is told to the one it is about.
    if happening.other_id is not None:
        yield "dm.indicate_typing", happening.other_id


def _of_block(connection: sqlite3.Connection, happening: Happening) -> Iterator[Topic]:
    yield ("block.block" if happening.kind == "block" else "block.unblock"), happening.actor_id


def _is_protected(connection: sqlite3.Connection, person_id: int) -> bool:
    person = people.get(connection, person_id)
    return person is None or bool(person["protected"])


_TOPICS: dict[str, Callable[[sqlite3.Connection, Happening], Iterator[Topic]]] = {
    "post.create": _of_post,
    "post.delete": _of_deletion,
    "dm.create": _of_message,
    "dm.read": _of_reading,
    "dm.typing": _of_typing,
    "block": _of_block,
    "unblock": _of_block,
}

Parts = tuple[dict[str, Any], dict[str, Any] | None]


def _post(users: Users, happening: Happening) -> dict[str, Any]:
    shown = post_object(users.connection, happening.subject_id)
    if shown is None:
        raise LookupError(f"there is no post {happening.subject_id}")
    post: dict[str, Any] = with_twins(shown)
    return post


def _own_post(users: Users, happening: Happening) -> Parts:
    post = _post(users, happening)
    return post, {"tweets": [post], "users": [users.shown(happening.actor_id)], **_media(users, happening)}


def _mention(users: Users, happening: Happening) -> Parts:
    post = _post(users, happening)
    named = [int(mention["id"]) for mention in post.get("entities", {}).get("mentions", ())]
    shown = [users.shown(person) for person in dict.fromkeys([happening.actor_id, *named])]
    return post, {"users": shown, "tweets": [post], **_media(users, happening)}


def _answer(users: Users, happening: Happening) -> Parts:
    # X's samples of replies and quotes have no edit_controls, and an empty "includes": the author is an id alone.
    post = _post(users, happening)
    return {key: value for key, value in post.items() if key != "edit_controls"}, {}


def _media(users: Users, happening: Happening) -> dict[str, Any]:
    row = posts.raw(users.connection, happening.subject_id)
    uploads = [media.get(users.connection, key) for key in json.loads(row["media_ids"])] if row else []
    shown = [with_twins(media_object(users.connection, upload, asked=_MEDIA)) for upload in uploads if upload]
    return {"media": shown} if shown else {}


def _deletion(users: Users, happening: Happening) -> Parts:
    gone = {"id": str(happening.subject_id), "author_id": str(happening.actor_id)}
    return gone, {"users": [{"data": users.shown(happening.actor_id)}]}


def _message(users: Users, happening: Happening) -> Parts:
    payload = aaa_dm(users.connection, happening.subject_id)
    ids = [int(person) for person in payload["users"]]
    return {**payload, "users": {str(person): {"data": users.shown(person)} for person in ids}}, None


def _reading(users: Users, happening: Happening) -> Parts:
    reader, sender = happening.actor_id, happening.other_id or 0
    read = {
        "created_timestamp": str(happening.at_ms),
        "sender_id": str(reader),
        "target": {"recipient_id": str(sender)},
        "last_read_event_id": str(happening.subject_id),
    }
    shown = {str(person): {"data": users.shown(person)} for person in (reader, sender)}
    return {"direct_message_mark_read_events": [read], "users": shown}, None


def _typing(users: Users, happening: Happening) -> Parts:
    typist, recipient = happening.actor_id, happening.subject_id
    typed = {
        "created_timestamp": str(happening.at_ms),
        "sender_id": str(typist),
        "target": {"recipient_id": str(recipient)},
    }
    shown = {str(person): {"data": users.shown(person)} for person in (typist, recipient)}
    return {"direct_message_indicate_typing_events": [typed], "users": shown}, None


def _block(users: Users, happening: Happening) -> Parts:
    pair = {"source": happening.actor_id, "target": happening.subject_id}
    return {side: {"data": users.shown(person)} for side, person in pair.items()}, None


_CONTENTS: dict[str, Callable[[Users, Happening], Parts]] = {
    "post.create": _own_post,
    "post.mention.create": _mention,
    "post.reply.create": _answer,
    "post.quote.create": _answer,
    "post.delete": _deletion,
    "dm.sent": _message,
    "dm.received": _message,
    "dm.read": _reading,
    "dm.indicate_typing": _typing,
    "block.block": _block,
    "block.unblock": _block,
}
