"""A payload without what a person wrote or showed, for erasing in the raw log while replay stays possible (law 1).

What may stay is listed, not what must go: a key that X invents tomorrow is gone by default. Ids, times and references
stay, so that a replayed log still has the message in its place, without words and pictures. Who people are stays too:
they deleted a message, not themselves, and the desk that a replay makes must know them by the same names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from careline.channels.x import links
from careline.channels.x.people import ids_by_handle
from careline.channels.x.reading import Json, decode, network_id, obj, objects, pick, text, unwrapped

#: Keys whose value is an id, a time, a name that X gave, or something we wrote ourselves.
_PLAIN = frozenset({
    "author_id", "careline", "conversation_id", "created_at", "created_timestamp", "dm_conversation_id",
    "event_type", "event_uuid", "id", "in_reply_to_post_id", "in_reply_to_tweet_id", "in_reply_to_user_id",
    "kind", "account", "recipient_id", "sender_id", "type", "user_id", "for_user_id", "tweet_id",
})  # fmt: skip
#: What `people.profile` reads of a user.
_PROFILE = (
    "id", "id_str", "username", "screen_name", "name", "protected", "profile_image_url", "profile_image_url_https",
)  # fmt: skip
#: Lists of ids.
_IDS = frozenset({"edit_history_tweet_ids", "edit_history_post_ids", "participant_ids"})
#: Objects and lists that hold such keys further down.
_NESTED = frozenset({
    "data", "payload", "filter", "includes", "tweets", "posts", "referenced_tweets", "referenced_posts",
    "direct_message_events", "message_create", "target", "initiated_via", "tweet_delete_events", "status",
    "message_data", "direct_message_mark_read_events",
})  # fmt: skip
_LONGEST = 120


def redact(payload: bytes, reason: str) -> bytes:
    """The payload as it may be kept, with `reason` and the SHA-256 of what it was before anything was taken out.

    The hash proves later what the log once held, to whoever still has it. Raises ValueError where `payload` is no
    JSON object.
    """
    document = decode(payload)
    handles = ids_by_handle(_included_users(document))
    was = text(document.get("sha256")) if "redacted" in document else hashlib.sha256(payload).hexdigest()
    return msgspec.json.encode({**_kept(document, handles), "redacted": reason, "sha256": was})


def _included_users(document: Json) -> Any:
    return pick(obj(document.get("includes")), "users") or obj(unwrapped(document).get("includes")).get("users")


def _kept(source: Json, handles: dict[str, str]) -> dict[str, Any]:
    found = ((key, _value(key, value, handles)) for key, value in source.items())
    return {key: value for key, value in found if value is not None}


def _value(key: str, value: Any, handles: dict[str, str]) -> Any:
    if key in _PLAIN:
        return value if isinstance(value, str | int) and len(str(value)) <= _LONGEST else None
    if key in _IDS:
        return [one for one in value if network_id(one)] if isinstance(value, list) else None
    if key == "entities":
        return _references(obj(value), handles)
    if key in ("note_tweet", "note_post"):
        return {"entities": _references(obj(obj(value).get("entities")), handles)}
    if key == "users":
        return _people(value)
    if key not in _NESTED:
        return None
    if isinstance(value, list):
        return [_kept(item, handles) for item in value if isinstance(item, dict)]
    return _kept(value, handles) if isinstance(value, dict) else None


def _people(value: Any) -> Any:
    """A list of users, or an object of users by id (each perhaps wrapped in `data`), with what a profile needs."""
    if isinstance(value, list):
        return [_profile(unwrapped(user)) for user in value if isinstance(user, dict)]
    return {key: _profile(unwrapped(user)) for key, user in obj(value).items() if isinstance(user, dict)}


def _profile(user: Json) -> dict[str, Any]:
    return {key: user[key] for key in _PROFILE if isinstance(user.get(key), str | bool)}


def _references(entities: Json, handles: dict[str, str]) -> dict[str, Any]:
    """Who is named, and which posts are linked: references, not words."""
    return {
        "mentions": [{"id": one} for one in _named(entities, handles)],
        "urls": [{"expanded_url": f"https://x.com/i/status/{post}"} for post in links.linked_posts(entities)],
    }


def _named(entities: Json, handles: dict[str, str]) -> Iterator[str]:
    for mention in objects(entities.get("mentions")):
        found = network_id(mention.get("id")) or handles.get(text(mention.get("username")).lower())
        if found:
            yield found
