"""Sending a private message, and refusing what X refuses (x-platform 1.1 and 7.3)."""

from __future__ import annotations

import re
import sqlite3

from careline_sandbox.rules import compose, entities, permission
from careline_sandbox.wire import errors
from careline_sandbox.world import dms, media, posts

LIMIT = 10_000
_STATUS = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/\w{1,15}/status/(\d{1,19})")


def send(
    connection: sqlite3.Connection,
    text: str,
    *,
    dm_id: int,
    sender_id: int,
    recipient: sqlite3.Row,
    at_ms: int,
    media_id: int | None = None,
    app_id: int | None = None,
    visible_at_ms: int | None = None,
) -> str:
    """Write the message under ``dm_id`` and return the conversation's id.

    Links become t.co links, an image hangs one at the end, the address of a post makes that post part of the
    message. Raises errors.Problem: 403 without permission, 400 for too long a text or media that is not the
    sender's, not for messages, or older than a day.
    """
    if recipient["id"] == sender_id:
        raise errors.forbidden("This operation is not permitted.")
    if not permission.may_write(connection, sender_id=sender_id, recipient=recipient):
        raise errors.forbidden(errors.NO_DM)
    if len(text) > LIMIT:
        raise errors.bad_request("The text of your Direct Message is over the max character limit.")
    upload = _upload(connection, media_id, sender_id=sender_id, at_ms=at_ms)
    written, (text, links) = text, entities.shorten(text, seed=dm_id)
    if upload is not None:
        url = entities.short_url(f"{dm_id}/media")
        text = f"{text} {url}".strip()
        page = f"https://x.com/messages/media/{dm_id}"
        shown = f"pic.x.com/{url[-10:]}"
        links.append(entities.Link(len(text) - len(url), len(text), url, page, shown, upload["media_key"]))
    return dms.add(
        connection,
        dm_id=dm_id,
        sender_id=sender_id,
        recipient_id=recipient["id"],
        text=text,
        entities=compose.describe(connection, text, links=links),
        at_ms=at_ms,
        media_id=media_id,
        shared_post_id=_shared_post(connection, written),
        app_id=app_id,
        visible_at_ms=visible_at_ms,
    )


def _upload(connection: sqlite3.Connection, media_id: int | None, *, sender_id: int, at_ms: int) -> sqlite3.Row | None:
    if media_id is None:
        return None
    upload = media.get(connection, media_id)
    usable = media.usable_by(connection, media_id, sender_id, now_ms=at_ms)
    if upload is None or not usable or not upload["category"].startswith("dm_"):
        raise errors.bad_request("Your media IDs are invalid.")
    return upload


def _shared_post(connection: sqlite3.Connection, text: str) -> int | None:
    found = _STATUS.search(text)
    if found is None or posts.raw(connection, int(found[1])) is None:
        return None
    return int(found[1])
