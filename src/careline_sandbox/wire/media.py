"""An image as X shows it beside posts and messages."""

from __future__ import annotations

import sqlite3
from typing import Any

from careline_sandbox.wire.fields import Asked
from careline_sandbox.world import media, settings


def media_object(
    connection: sqlite3.Connection, row: sqlite3.Row, *, asked: Asked, dm_id: int | None = None
) -> dict[str, Any]:
    """The v2 media object: key and type, and the fields asked for. ``dm_id`` makes its URL the private one."""
    kind = "animated_gif" if row["category"].endswith("gif") else "photo"
    shown: dict[str, Any] = {"media_key": row["media_key"], "type": kind}
    url = public_url(connection, row) if dm_id is None else private_url(connection, row, dm_id=dm_id)
    extra = {"url": url, "width": row["width"], "height": row["height"]}
    return {**shown, **{key: value for key, value in extra.items() if key in asked.media_fields}}


def public_url(connection: sqlite3.Connection, row: sqlite3.Row) -> str:
    """Where anybody can fetch a post's image (X serves these from pbs.twimg.com)."""
    base = settings.get(connection, "base_url")
    return f"{base}/media/{row['media_key']}.{media.extension(row['content_type'])}"


def private_url(connection: sqlite3.Connection, row: sqlite3.Row, *, dm_id: int) -> str:
    """Where the two people of a message can fetch its image.

    The path is X's (ton.twitter.com); the host is the sandbox's own, so that no client of a local X is sent to
    the real one. Its last three segments are the parameters of the v2 media endpoint (x-platform 1.1).
    """
    base = settings.get(connection, "base_url")
    name = f"{row['resource_id']}.{media.extension(row['content_type'])}"
    return f"{base}/1.1/ton/data/dm/{dm_id}/{row['id']}/{name}"
