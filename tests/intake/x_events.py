"""X's events as bytes, short to write; ids are invented."""

from __future__ import annotations

import json
from typing import Any

from careline.ports.event_log import RawEvent

AT = "2026-11-02T09:00:00.000Z"


def event(kind: str, brand: str, payload: dict[str, Any], **more: Any) -> bytes:
    data = {"event_uuid": "1", "filter": {"user_id": brand}, "event_type": kind, "payload": payload} | more
    return json.dumps({"data": data}).encode()


def mention(post_id: int | str, author: str, brand: str, text: str = "where is it", **fields: Any) -> bytes:
    payload = {"id": str(post_id), "text": f"@acme {text}", "author_id": author, "conversation_id": str(post_id)}
    payload |= {"created_at": AT, "entities": {"mentions": [{"start": 0, "end": 5, "username": "acme", "id": brand}]}}
    includes = {"users": [{"id": author, "username": f"user{author}", "name": f"User {author}"}]} | fields.pop(
        "includes", {}
    )
    return event("post.mention.create", brand, payload | fields, includes=includes)


def dm(dm_id: int, sender: str, brand: str, text: str) -> bytes:
    message = {"target": {"recipient_id": brand}, "sender_id": sender, "message_data": {"text": text, "entities": {}}}
    told = {"type": "message_create", "id": str(dm_id), "created_timestamp": "1793610000000", "message_create": message}
    return event("dm.received", brand, {"direct_message_events": [told]})


def gone(post_id: int, author: str, brand: str) -> bytes:
    return event("post.delete", brand, {"id": str(post_id), "author_id": author})


def raw(workspace_id: int, payload: bytes, source: str = "webhook") -> RawEvent:
    return RawEvent(workspace_id, 7, "x", source, 1_793_610_000_000, payload)
