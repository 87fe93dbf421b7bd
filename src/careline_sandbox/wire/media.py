"""A picture, GIF or video as X shows it beside posts and messages, and as its upload answers."""

from __future__ import annotations

import sqlite3
from typing import Any

from careline_sandbox.wire.fields import Asked
from careline_sandbox.world import media, pieces, settings
from careline_sandbox.world.processing import Processing, processing


def media_object(
    connection: sqlite3.Connection, row: sqlite3.Row, *, asked: Asked, dm_id: int | None = None
) -> dict[str, Any]:
    """The v2 media object: key and type, and the fields asked for. ``dm_id`` makes its URLs the private ones.

    A photo has a URL. What moves has a still and variants instead; without a transcoder there is one variant,
    the file as it came, which for a GIF is a GIF where X has a silent MP4.
    """
    kind = media.kind_of(row["category"])
    url = file_url(connection, row, dm_id=dm_id)
    extra: dict[str, Any] = {
        "url": url if kind == "photo" else None,
        "width": row["width"],
        "height": row["height"],
        "alt_text": row["alt_text"] or None,
        "duration_ms": row["duration_ms"],
    }
    if kind != "photo":
        extra["preview_image_url"] = still_url(connection, row, dm_id=dm_id)
        extra["variants"] = [{"bit_rate": bit_rate(connection, row), "content_type": row["content_type"], "url": url}]
    wanted = {key: value for key, value in extra.items() if key in asked.media_fields and value is not None}
    return {"media_key": row["media_key"], "type": kind, **wanted}


def upload_object(connection: sqlite3.Connection, row: sqlite3.Row, *, now_ms: int) -> dict[str, Any]:
    """What the steps of an upload answer: what X saw, and how far it is with it."""
    told: dict[str, Any] = {
        "id": str(row["id"]),
        "media_key": row["media_key"],
        "size": pieces.of(connection, row["id"]).size,
        "expires_after_secs": max((row["expires_at_ms"] - now_ms) // 1000, 0),
    }
    if media.kind_of(row["category"]) == "video":
        told["video"] = {"video_type": row["content_type"]}
    else:
        told["image"] = {"image_type": row["content_type"], "w": row["width"], "h": row["height"]}
    at_work = processing(row, now_ms)
    return told if at_work is None else {**told, "processing_info": _processing_info(at_work)}


def file_url(connection: sqlite3.Connection, row: sqlite3.Row, *, dm_id: int | None) -> str:
    """Where the file is: for anybody, or for the two people of a message."""
    ending = media.extension(row["content_type"])
    return (
        _url(connection, f"{row['media_key']}.{ending}") if dm_id is None else private_url(connection, row, dm_id=dm_id)
    )


def still_url(connection: sqlite3.Connection, row: sqlite3.Row, *, dm_id: int | None) -> str:
    """Where the still of something that moves is."""
    if dm_id is None:
        return _url(connection, f"{row['media_key']}-still.jpg")
    return private_url(connection, row, dm_id=dm_id, ending="jpg")


def private_url(connection: sqlite3.Connection, row: sqlite3.Row, *, dm_id: int, ending: str = "") -> str:
    """Where the two people of a message can fetch what it shows; the ending jpg means a moving one's still.

    The path is X's (ton.twitter.com); the host is the sandbox's own, so that no client of a local X is sent to
    the real one. Its last three segments are the parameters of the v2 media endpoint (x-platform 1.1).
    """
    base = settings.get(connection, "base_url")
    name = f"{row['resource_id']}.{ending or media.extension(row['content_type'])}"
    return f"{base}/1.1/ton/data/dm/{dm_id}/{row['id']}/{name}"


def bit_rate(connection: sqlite3.Connection, row: sqlite3.Row) -> int:
    """Bits a second of a video's file; 0 for a GIF, as on X."""
    duration_ms = row["duration_ms"]
    return pieces.of(connection, row["id"]).size * 8_000 // duration_ms if duration_ms else 0


def _url(connection: sqlite3.Connection, name: str) -> str:
    """X serves these from pbs.twimg.com and video.twimg.com."""
    return f"{settings.get(connection, 'base_url')}/media/{name}"


def _processing_info(at_work: Processing) -> dict[str, Any]:
    told = {
        "state": at_work.state,
        "check_after_secs": at_work.check_after_s,
        "progress_percent": at_work.percent,
        "error": {"code": 1, "name": "InvalidMedia", "message": at_work.failure} if at_work.failure else None,
    }
    return {key: value for key, value in told.items() if value is not None}
