"""Media upload as it was in version 1.1, which X kept for older clients such as tweepy (x-platform section 2).

One endpoint with a ``command``, answers without an envelope, ids as numbers beside their texts. What it does is
what version 2 does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http import media as new
from careline_sandbox.http.auth import Kind
from careline_sandbox.http.calls import Call, answer, endpoint, read_body, read_id
from careline_sandbox.rules import uploads as rules
from careline_sandbox.wire import errors
from careline_sandbox.wire import media as wire

_WHO: tuple[Kind, ...] = ("oauth1",)
_COMMAND = ("command", "media_id", "segment_index", "media_type", "total_bytes", "media_category", "additional_owners")


def _old(handler: Callable[[Call], Awaitable[Response]]) -> Callable[[Call], Awaitable[Response]]:
    """Refusals in the older shape: a list of codes and messages."""

    async def serve(call: Call) -> Response:
        try:
            return await handler(call)
        except errors.Problem as problem:
            return answer({"errors": [{"code": 324, "message": _said(problem)}]}, status=problem.status)

    serve.__doc__ = handler.__doc__
    return serve


@endpoint("POST /1.1/media/upload.json", accepts=_WHO, query=_COMMAND)
@_old
async def upload(call: Call) -> Response:
    """A picture in one shot, or one step of an upload in pieces."""
    body = {**await new.received(call), **call.request.query_params}
    command = body.get("command")
    if command == "INIT":
        return answer(_old_ids(new.begin(call, body)), status=202)
    if command == "APPEND":
        new.take(call, _id(body), body)
        return Response(status_code=204)
    if command == "FINALIZE":
        with call.local_x.world.write() as tx:
            rules.finish(tx, media_id=_id(body), owner_id=call.person_id, at_ms=call.now_ms)
        return _told(call, _id(body), status=201)
    return _one_shot(call, body)


@endpoint("GET /1.1/media/upload.json", accepts=_WHO, query=("command", "media_id"))
@_old
async def status(call: Call) -> Response:
    """How far X is with an upload."""
    return _told(call, _id(dict(call.request.query_params)), status=200)


@endpoint("POST /1.1/media/metadata/create.json", accepts=_WHO)
@_old
async def metadata(call: Call) -> Response:
    """Say in words what an upload shows."""
    body = await read_body(call, allowed=("media_id", "alt_text"))
    new.describe(call, _id(body), new.alt_text_of(body) or "")
    return Response(status_code=200)


def _one_shot(call: Call, body: dict[str, Any]) -> Response:
    category = rules.category_for(body.get("media_category", "tweet_image"), None)
    media_id = call.local_x.ids.mint(call.now_ms)
    with call.local_x.world.write() as tx:
        rules.keep_picture(
            tx,
            new.content_of(body),
            media_id=media_id,
            owner_id=call.person_id,
            category=category,
            at_ms=call.now_ms,
            additional_owners=new.owners(body.get("additional_owners")),
        )
    return _told(call, media_id, status=200)


def _told(call: Call, media_id: int, *, status: int) -> Response:
    with call.local_x.world.read() as connection:
        found = rules.status(connection, media_id, owner_id=call.person_id)
        told = wire.upload_object(connection, found, now_ms=call.now_ms)
    return answer(_old_ids(told), status=status)


def _old_ids(told: dict[str, Any]) -> dict[str, Any]:
    return {"media_id": int(told["id"]), "media_id_string": told["id"], **{k: v for k, v in told.items() if k != "id"}}


def _id(body: dict[str, Any]) -> int:
    return read_id(str(body.get("media_id", "")), parameter="media_id")


def _said(problem: errors.Problem) -> str:
    body = problem.body or {}
    return str(body["errors"][0]["message"]) if body.get("errors") else str(body.get("detail", ""))


ROUTES: list[Route] = [upload, status, metadata]
