"""A private message as X shows it: the v2 event of the REST lists, and the 2017 shape of activity events."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from careline_sandbox.wire import media as wire_media
from careline_sandbox.wire import posts as wire_posts
from careline_sandbox.wire.escape import Row, on_the_wire
from careline_sandbox.wire.fields import Asked
from careline_sandbox.wire.times import iso
from careline_sandbox.wire.users import user_object
from careline_sandbox.world import dms, media, posts
from careline_sandbox.world.posts import View


def dm_event(connection: sqlite3.Connection, row: Row, *, asked: Asked) -> dict[str, Any]:
    """The v2 event: id, event_type and text, and the fields or expansions asked for (x-platform 1.1).

    Since June 2025 ``participant_ids`` belongs to joins and leaves alone; an expansion brings its own key.
    """
    row = on_the_wire(row)
    wanted = asked.dm_fields | asked.expanded_keys
    shown: dict[str, Any] = {"id": str(row["id"]), "event_type": "MessageCreate", "text": row["text"]}
    attachment = media.get(connection, row["media_id"]) if row["media_id"] else None
    shared = row["shared_post_id"]
    extra = {
        "created_at": iso(row["created_at_ms"]),
        "sender_id": str(row["sender_id"]),
        "dm_conversation_id": row["conversation_id"],
        "attachments": {"media_keys": [attachment["media_key"]]} if attachment else None,
        "referenced_tweets": [{"id": str(shared)}] if shared else None,
        "entities": json.loads(row["entities"]) or None,
    }
    chosen = {key: value for key, value in extra.items() if key in wanted and value is not None}
    return {**shown, **{asked.spell(key): value for key, value in chosen.items()}}


def includes(
    connection: sqlite3.Connection, rows: Iterable[sqlite3.Row], *, view: View, asked: Asked
) -> dict[str, list[dict[str, Any]]]:
    """What the expansions of a page of messages bring: users, media and posts, each once, in order."""
    senders: dict[int, None] = {}
    pictures: dict[int, int] = {}
    shared: dict[int, sqlite3.Row] = {}
    for row in rows:
        senders[row["sender_id"]] = None
        if row["media_id"]:
            pictures[row["media_id"]] = row["id"]
        if row["shared_post_id"] and (found := posts.get(connection, row["shared_post_id"], view)):
            shared[found["id"]] = found
    brought: dict[str, list[dict[str, Any]]] = {}
    if "sender_id" in asked.expansions:
        brought["users"] = [user_object(connection, who, viewer_id=view.viewer_id, asked=asked) for who in senders]
    if "attachments.media_keys" in asked.expansions:
        uploads = [(media.get(connection, key), dm_id) for key, dm_id in pictures.items()]
        brought["media"] = [
            wire_media.media_object(connection, upload, asked=asked, dm_id=dm_id) for upload, dm_id in uploads if upload
        ]
    if asked.expands("referenced_tweets"):
        brought[asked.spell("tweets")] = [wire_posts.render(connection, row, asked=asked) for row in shared.values()]
    return {key: entries for key, entries in brought.items() if entries}


def aaa_dm(connection: sqlite3.Connection, dm_id: int) -> dict[str, Any]:
    """One message in the old shape: ``{"direct_message_events": [...], "users": {id: {"data": ...}}}``.

    It names sender and recipient but no conversation (x-platform 4.4). Raises LookupError if there is none.
    """
    found = dms.raw(connection, dm_id)
    if found is None:
        raise LookupError(f"there is no message {dm_id}")
    row = on_the_wire(found)
    message: dict[str, Any] = {"text": row["text"], "entities": _old_entities(row)}
    upload = media.get(connection, row["media_id"]) if row["media_id"] else None
    if upload is not None:
        message["attachment"] = {"type": "media", "media": _old_media(connection, upload, row)}
    event = {
        "type": "message_create",
        "id": str(row["id"]),
        "created_timestamp": str(row["created_at_ms"]),
        "message_create": {
            "target": {"recipient_id": str(row["recipient_id"])},
            "sender_id": str(row["sender_id"]),
            "message_data": message,
        },
    }
    people = (row["sender_id"], row["recipient_id"])
    users = {str(who): {"data": user_object(connection, who)} for who in people}
    return {"direct_message_events": [event], "users": users}


def _old_entities(row: Row) -> dict[str, Any]:
    found = json.loads(row["entities"])
    links = [
        {
            "url": link["url"],
            "expanded_url": link["expanded_url"],
            "display_url": link["display_url"],
            "indices": [link["start"], link["end"]],
        }
        for link in found.get("urls", ())
    ]
    mentions = [
        {
            "screen_name": mention["username"],
            "id": int(mention["id"]),
            "id_str": mention["id"],
            "indices": [mention["start"], mention["end"]],
        }
        for mention in found.get("mentions", ())
    ]
    return {
        "hashtags": [{"text": tag["tag"], "indices": [tag["start"], tag["end"]]} for tag in found.get("hashtags", ())],
        "symbols": [{"text": tag["tag"], "indices": [tag["start"], tag["end"]]} for tag in found.get("cashtags", ())],
        "user_mentions": mentions,
        "urls": links,
    }


def _old_media(connection: sqlite3.Connection, upload: sqlite3.Row, row: Row) -> dict[str, Any]:
    kind = media.kind_of(upload["category"])
    url = wire_media.private_url(connection, upload, dm_id=row["id"])
    links = [link for link in json.loads(row["entities"]).get("urls", ()) if link.get("media_key")]
    short = links[0] if links else {"url": "", "start": 0, "end": 0, "display_url": "", "expanded_url": ""}
    size = {"w": upload["width"], "h": upload["height"], "resize": "fit"}
    still = {} if kind == "photo" else {"video_info": _video_info(connection, upload, url)}
    url = url if kind == "photo" else wire_media.still_url(connection, upload, dm_id=row["id"])
    described = {"ext_alt_text": upload["alt_text"]} if upload["alt_text"] else {}
    return {
        "id": upload["id"],
        "id_str": str(upload["id"]),
        "indices": [short["start"], short["end"]],
        "media_url": url,
        "media_url_https": url,
        "url": short["url"],
        "display_url": short["display_url"],
        "expanded_url": short["expanded_url"],
        "type": kind,
        "sizes": {"large": size, "medium": size, "small": size, "thumb": {"w": 150, "h": 150, "resize": "crop"}},
        **described,
        **still,
    }


def _video_info(connection: sqlite3.Connection, upload: sqlite3.Row, url: str) -> dict[str, Any]:
    """How the old shape tells of what moves: its shape, its length and its files."""
    bits = wire_media.bit_rate(connection, upload)
    length = {"duration_millis": upload["duration_ms"]} if upload["duration_ms"] else {}
    variant = {"bitrate": bits, "content_type": upload["content_type"], "url": url}
    return {"aspect_ratio": [upload["width"], upload["height"]], **length, "variants": [variant]}
