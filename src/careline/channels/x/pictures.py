"""Pictures, GIFs and videos on a message: one `Media` whichever of X's shapes named it.

Media keys are "{kind}_{id}" in v2 and a bare id in Direct Messages of the older shape; the id is the same, so it is
our key. Addresses of private media need our token (`fetch.py`), and no browser ever gets to see them.
"""

from __future__ import annotations

from typing import Any

from careline.channels.x.reading import Json, network_id, obj, objects, pick, text
from careline.domain.facts import Media

_KINDS = {"3": "photo", "5": "photo", "7": "video", "13": "video", "16": "animated_gif"}


def attached(attachments: Any, included: Any) -> tuple[Media, ...]:
    """Media named by `attachments.media_keys`, with what `includes.media` tells of them."""
    keys = obj(attachments).get("media_keys")
    known = {text(item.get("media_key")): item for item in objects(included)}
    names = [key for key in keys if isinstance(key, str) and key] if isinstance(keys, list) else []
    return tuple(_media(key, known.get(key, {})) for key in dict.fromkeys(names))


def old_attachment(attachment: Any) -> tuple[Media, ...]:
    """The one medium of a Direct Message in the older shape."""
    item = obj(obj(attachment).get("media"))
    key = network_id(pick(item, "id_str", "id"))
    if not key:
        return ()
    still, moving = text(pick(item, "media_url_https", "media_url")), obj(item.get("video_info"))
    return (
        Media(
            key=key,
            kind=text(item.get("type")) or "photo",
            url=_video(moving) or still,
            alt=text(item.get("ext_alt_text")),
            poster=still if moving else "",
            duration_ms=_duration(moving.get("duration_millis")),
        ),
    )


def _media(key: str, item: Json) -> Media:
    kind, _, number = key.rpartition("_")
    return Media(
        key=number or key,
        kind=text(item.get("type")) or _KINDS.get(kind, "photo"),
        url=text(item.get("url")) or _video(item) or text(item.get("preview_image_url")),
        alt=text(item.get("alt_text")),
        poster=text(item.get("preview_image_url")),
        duration_ms=_duration(item.get("duration_ms")),
    )


def _duration(told: Any) -> int | None:
    """A length that a column can hold; GIFs have none, or 0."""
    return told if isinstance(told, int) and 0 < told < 2**31 else None


def _video(item: Json) -> str:
    """The best single file of a video: adaptive lists have no bit rate and are left out."""
    files = [one for one in objects(item.get("variants")) if text(pick(one, "content_type")) == "video/mp4"]
    best = max(files, key=_bit_rate, default={})
    return text(best.get("url"))


def _bit_rate(variant: Json) -> int:
    rate = pick(variant, "bit_rate", "bitrate")
    return rate if isinstance(rate, int) else 0
