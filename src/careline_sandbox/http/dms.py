"""Private messages over HTTP, 1-1: send, three lists, one event, delete, media (x-platform 1.1, 7.3)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http import files, paging
from careline_sandbox.http.auth import USER
from careline_sandbox.http.calls import Call, answer, check_keys, endpoint, read_body, read_id
from careline_sandbox.rules import posters, private
from careline_sandbox.wire import dms as wire
from careline_sandbox.wire import errors, fields
from careline_sandbox.world import dms, media, people

_WRITE = ("dm.write", "tweet.read", "users.read")
_READ = ("dm.read", "tweet.read", "users.read")
_SELECTION = ("dm_event.fields", "tweet.fields", "post.fields", "user.fields", "media.fields", "expansions")
_LIST = ("max_results", "pagination_token", "event_types", *_SELECTION)
_EVENT_TYPES = ("MessageCreate", "ParticipantsJoin", "ParticipantsLeave")
_HISTORY_MS = 30 * 86_400_000
_PAIR = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


@endpoint("POST /2/dm_conversations/with/{participant_id}/messages", accepts=USER, scopes=_WRITE)
async def send_to(call: Call) -> Response:
    """Write to a person, which opens the conversation where there is none."""
    recipient_id = call.path_id("participant_id")
    return _sent(call, await read_body(call, allowed=("text", "attachments")), recipient_id)


@endpoint("POST /2/dm_conversations/{dm_conversation_id}/messages", accepts=USER, scopes=_WRITE)
async def send_into(call: Call) -> Response:
    """Write into a 1-1 conversation by its id."""
    recipient_id = _other(call, call.request.path_params["dm_conversation_id"])
    return _sent(call, await read_body(call, allowed=("text", "attachments")), recipient_id)


@endpoint("GET /2/dm_events", accepts=USER, scopes=_READ, query=_LIST)
async def list_all(call: Call) -> Response:
    """All messages of the caller, newest first, 30 days back."""
    return _listed(call, pair=None)


@endpoint("GET /2/dm_conversations/with/{participant_id}/dm_events", accepts=USER, scopes=_READ, query=_LIST)
async def list_with(call: Call) -> Response:
    """Messages with one person, newest first, 30 days back."""
    return _listed(call, pair=dms.conversation_id(call.person_id, call.path_id("participant_id")))


@endpoint("GET /2/dm_conversations/{id}/dm_events", accepts=USER, scopes=_READ, query=_LIST)
async def list_in(call: Call) -> Response:
    """Messages of one conversation by its id, newest first, 30 days back."""
    other = _other(call, call.request.path_params["id"])
    return _listed(call, pair=dms.conversation_id(call.person_id, other))


@endpoint("GET /2/dm_events/{event_id}", accepts=USER, scopes=_READ, query=_SELECTION)
async def look_up(call: Call) -> Response:
    """One message."""
    dm_id = call.path_id("event_id")
    asked = fields.parse(call.request.query_params, expansions=fields.DM_EXPANSIONS)
    with call.local_x.world.read() as connection:
        row = dms.seen_by(connection, dm_id, call.person_id, now_ms=call.now_ms)
        if row is None:
            return answer({"errors": [errors.not_found("dm_event", "event_id", str(dm_id))]})
        shown = wire.dm_event(connection, row, asked=asked)
        brought = wire.includes(connection, [row], view=call.view, asked=asked)
    return answer({"data": shown, "includes": brought} if brought else {"data": shown})


@endpoint("DELETE /2/dm_events/{event_id}", accepts=USER, scopes=("dm.read", "dm.write"))
async def delete(call: Call) -> Response:
    """Take a message that the caller sent out of the caller's own view."""
    dm_id = call.path_id("event_id")
    with call.local_x.world.write() as tx:
        row = dms.seen_by(tx, dm_id, call.person_id, now_ms=call.now_ms)
        if row is None or row["sender_id"] != call.person_id:
            raise errors.forbidden()
        dms.delete(tx, dm_id, person_id=call.person_id, at_ms=call.now_ms)
    return answer({"data": {"deleted": True}})


@endpoint("GET /2/dm_conversations/media/{dm_id}/{media_id}/{resource_id}", accepts=("oauth2",), scopes=("dm.read",))
async def media_of(call: Call) -> Response:
    """The bytes of a message's image, to its two people."""
    return _bytes(call, media_type="application/octet-stream")


@endpoint("GET /1.1/ton/data/dm/{dm_id}/{media_id}/{resource_id}", accepts=USER, scopes=("dm.read",))
async def old_media_of(call: Call) -> Response:
    """The same bytes at the older address, which events still carry."""
    return _bytes(call, media_type=None)


def _other(call: Call, conversation_id: str) -> int:
    """The other person of a 1-1 conversation. Raises errors.Problem where the caller has no part in it."""
    pair = _PAIR.fullmatch(conversation_id)
    if pair is None and not re.fullmatch(r"[0-9]{15,19}", conversation_id):
        message = f"The `dm_conversation_id` query parameter value [{conversation_id}] is not valid"
        raise errors.invalid(message, dm_conversation_id=conversation_id)
    ids = [int(part) for part in pair.groups()] if pair else []
    if call.person_id not in ids or max(ids) >= 2**63:
        raise errors.forbidden(errors.NO_DM)
    ids.remove(call.person_id)
    return ids[0]


def _sent(call: Call, body: Mapping[str, Any], recipient_id: int) -> Response:
    text, media_id = _message(body)
    dm_id = call.local_x.ids.mint(call.now_ms)
    with call.local_x.world.write() as tx:
        recipient = people.get(tx, recipient_id)
        if recipient is None:
            raise errors.forbidden(errors.NO_DM)
        pair = private.send(
            tx,
            text,
            dm_id=dm_id,
            sender_id=call.person_id,
            recipient=recipient,
            media_id=media_id,
            app_id=call.caller.app["id"],
            at_ms=call.now_ms,
            visible_at_ms=call.visible_at_ms,
        )
    return answer({"data": {"dm_conversation_id": pair, "dm_event_id": str(dm_id)}}, status=201)


def _message(body: Mapping[str, Any]) -> tuple[str, int | None]:
    """Text and media of a message's body. Raises errors.Problem (400) for what does not fit X's schema."""
    text, attachments = body.get("text", ""), body.get("attachments", [])
    if not isinstance(text, str) or ("text" in body and not text):
        raise errors.invalid("$.text: must be at least 1 characters long")
    if not isinstance(attachments, list) or not all(isinstance(part, dict) for part in attachments):
        raise errors.invalid("$.attachments: the request body does not match the schema")
    if len(attachments) > 1:
        raise errors.invalid("$.attachments: a message takes one attachment")
    if not text and not attachments:
        raise errors.invalid("$: one of `text` and `attachments` is required")
    if not attachments:
        return text, None
    check_keys(attachments[0], ("media_id",), at="$.attachments[0]")
    return text, read_id(attachments[0].get("media_id"), parameter="media_id")


def _listed(call: Call, *, pair: str | None) -> Response:
    params = call.request.query_params
    asked = fields.parse(params, expansions=fields.DM_EXPANSIONS)
    limit = paging.read_count(params, low=1, high=100, default=100)
    turn = paging.read_turn(params, "pagination_token")
    wants_messages = "MessageCreate" in _event_types(params)
    span = dms.Span(
        limit=limit + 1,
        from_ms=call.now_ms - _HISTORY_MS,
        after=turn.edge if turn and turn.upwards else 0,
        before=turn.edge if turn and not turn.upwards else paging.TOP,
        upwards=turn is not None and turn.upwards,
    )
    rows: list[sqlite3.Row] = []
    with call.local_x.world.read() as connection:
        if wants_messages:
            rows = dms.of_person(connection, call.person_id, span, now_ms=call.now_ms, pair=pair)
        page, meta = paging.cut(rows, limit=limit, turn=turn)
        shown = [wire.dm_event(connection, row, asked=asked) for row in page]
        brought = wire.includes(connection, page, view=call.view, asked=asked)
    body = {"data": shown, "includes": brought}
    return answer({**{key: value for key, value in body.items() if value}, "meta": meta})


def _event_types(params: Mapping[str, str]) -> list[str]:
    asked = [part for part in params.get("event_types", "").split(",") if part] or list(_EVENT_TYPES)
    for value in asked:
        if value not in _EVENT_TYPES:
            message = f"The `event_types` query parameter value [{value}] is not one of [{','.join(_EVENT_TYPES)}]"
            raise errors.invalid(message, event_types=params["event_types"])
    return asked


def _bytes(call: Call, *, media_type: str | None) -> Response:
    dm_id, media_id = call.path_id("dm_id"), call.path_id("media_id")
    resource, _, ending = call.request.path_params["resource_id"].partition(".")
    with call.local_x.world.read() as connection:
        row = dms.seen_by(connection, dm_id, call.person_id, now_ms=call.now_ms)
        upload = media.get(connection, media_id)
        still = posters.still(connection, upload) if upload and ending == "jpg" else None
    if row is None or upload is None:
        raise errors.Problem(404, None)
    if row["media_id"] != media_id or upload["resource_id"] != resource:
        raise errors.Problem(404, None)
    if still is not None:
        return Response(still, media_type=media_type or "image/jpeg")
    return files.whole_or_part(call.request, media_id, media_type=media_type)


ROUTES: list[Route] = [
    send_to,
    send_into,
    list_all,
    list_with,
    list_in,
    look_up,
    delete,
    media_of,
    old_media_of,
]
