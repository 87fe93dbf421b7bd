"""A post as X shows it: v2 shape, three keys by default, more when asked (x-platform sections 4.4 and 5)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from careline_sandbox.wire import media as wire_media
from careline_sandbox.wire.escape import Row, on_the_wire
from careline_sandbox.wire.fields import Asked, names
from careline_sandbox.wire.notes import shortened
from careline_sandbox.wire.times import iso
from careline_sandbox.wire.users import user_object
from careline_sandbox.world import edits, media, people, posts
from careline_sandbox.world.posts import View

EVERYTHING = Asked(
    post_fields=names("""
    attachments author_id conversation_id created_at display_text_range edit_controls entities
    in_reply_to_tweet_id in_reply_to_user_id lang note_tweet paid_partnership
    possibly_sensitive public_metrics referenced_tweets reply_settings
    """)
)


def post_object(
    connection: sqlite3.Connection, post_id: int, *, view: View | None = None, asked: Asked = EVERYTHING
) -> dict[str, Any] | None:
    """The v2 post, with the fields asked for (default: those of activity events).

    None if it does not exist or, with a ``view``, is not there for that viewer.
    """
    row = posts.raw(connection, post_id) if view is None else posts.get(connection, post_id, view)
    return None if row is None else render(connection, row, asked=asked)


def render(connection: sqlite3.Connection, row: Row, *, asked: Asked) -> dict[str, Any]:
    """The post of a row of ``posts``."""
    row = on_the_wire(shortened(connection, row))
    shown: dict[str, Any] = {
        "id": str(row["id"]),
        "text": row["text"],
        asked.spell("edit_history_tweet_ids"): [str(key) for key in edits.versions(connection, row["id"])],
    }
    for name in sorted(asked.post_fields | asked.expanded_keys):
        found = _FIELDS[name](connection, row) if name in _FIELDS else None
        if name == "public_metrics" and found is not None:
            found = {asked.spell(key): count for key, count in found.items()}
        if found is not None:
            shown[asked.spell(name)] = found
    return shown


def includes(
    connection: sqlite3.Connection, rows: Iterable[sqlite3.Row], *, view: View, asked: Asked
) -> dict[str, list[dict[str, Any]]]:
    """What the expansions of a page of posts bring: users, posts and media, each once, in order."""
    user_ids: dict[int, None] = {}
    referenced: dict[int, sqlite3.Row] = {}
    pictures: dict[int, None] = {}
    for row in rows:
        user_ids.update(dict.fromkeys(_expanded_people(connection, row, asked)))
        if "attachments.media_keys" in asked.expansions:
            pictures.update(dict.fromkeys(json.loads(row["media_ids"])))
        if asked.expands("referenced_tweets"):
            referenced.update(_references(connection, row, view))
    if "referenced_tweets.id.author_id" in asked.expansions:
        user_ids.update(dict.fromkeys(row["author_id"] for row in referenced.values()))
    if "referenced_tweets.id.attachments.media_keys" in asked.expansions:
        pictures.update({key: None for row in referenced.values() for key in json.loads(row["media_ids"])})
    known = [person_id for person_id in user_ids if people.get(connection, person_id)]
    uploads = [upload for key in pictures if (upload := media.get(connection, key))]
    found = {
        "users": [user_object(connection, who, viewer_id=view.viewer_id, asked=asked) for who in known],
        asked.spell("tweets"): [render(connection, row, asked=asked) for row in referenced.values()],
        "media": [wire_media.media_object(connection, upload, asked=asked) for upload in uploads],
    }
    return {key: entries for key, entries in found.items() if entries}


def _expanded_people(connection: sqlite3.Connection, row: sqlite3.Row, asked: Asked) -> list[int]:
    found = []
    if "author_id" in asked.expansions:
        found.append(row["author_id"])
    if "in_reply_to_user_id" in asked.expansions and row["in_reply_to_user_id"]:
        found.append(row["in_reply_to_user_id"])
    if "entities.mentions.username" in asked.expansions:
        found += [int(mention["id"]) for mention in json.loads(row["entities"]).get("mentions", ())]
    return found


def _references(connection: sqlite3.Connection, row: sqlite3.Row, view: View) -> dict[int, sqlite3.Row]:
    ids = [key for key in (row["in_reply_to_id"], row["quoted_id"]) if key]
    return {key: found for key in ids if (found := posts.get(connection, key, view))}


def _referenced(connection: sqlite3.Connection, row: Row) -> list[dict[str, str]] | None:
    kinds = (("replied_to", row["in_reply_to_id"]), ("quoted", row["quoted_id"]))
    return [{"type": kind, "id": str(key)} for kind, key in kinds if key] or None


def _attachments(connection: sqlite3.Connection, row: Row) -> dict[str, Any] | None:
    ids = json.loads(row["media_ids"])
    uploads = [upload for key in ids if (upload := media.get(connection, key))]
    return {"media_keys": [upload["media_key"] for upload in uploads]} if uploads else None


def _metrics(connection: sqlite3.Connection, row: Row) -> dict[str, int]:
    counts = dict.fromkeys(
        ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"), 0
    )
    return {**counts, "reply_count": posts.reply_count(connection, row["id"])}


def _edit_controls(connection: sqlite3.Connection, row: Row) -> dict[str, Any]:
    first, *later = edits.versions(connection, row["id"])
    original = posts.raw(connection, first)
    since = row["created_at_ms"] if original is None else original["created_at_ms"]
    return {
        "edits_remaining": edits.MOST - len(later),
        "is_edit_eligible": row["in_reply_to_user_id"] in (None, row["author_id"]),
        "editable_until": iso(since + edits.WINDOW_MS),
    }


def _language(connection: sqlite3.Connection, row: Row) -> str:
    body = row["text"][row["body_start"] : row["body_end"]]
    words = [word for word in body.split() if not word.startswith(("@", "#", "http"))]
    return "en" if any(letter.isalpha() for letter in "".join(words)) else "und"


def _text(key: str) -> Any:
    return lambda connection, row: None if row[key] is None else str(row[key])


_FIELDS: dict[str, Any] = {
    "attachments": _attachments,
    "author_id": _text("author_id"),
    "conversation_id": _text("conversation_id"),
    "created_at": lambda connection, row: iso(row["created_at_ms"]),
    "display_text_range": lambda connection, row: [row["body_start"], row["body_end"]],
    "edit_controls": _edit_controls,
    "entities": lambda connection, row: json.loads(row["entities"]) or None,
    "in_reply_to_tweet_id": _text("in_reply_to_id"),
    "in_reply_to_user_id": _text("in_reply_to_user_id"),
    "lang": _language,
    "note_tweet": lambda connection, row: row["note"] if "note" in row.keys() else None,  # noqa: SIM118 - a Row
    "paid_partnership": lambda connection, row: False,
    "possibly_sensitive": lambda connection, row: False,
    "public_metrics": _metrics,
    "referenced_tweets": _referenced,
    "reply_settings": _text("reply_settings"),
}
