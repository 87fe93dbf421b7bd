"""Media over HTTP: upload in one shot or in pieces, its state, its alt text, look-ups (x-platform section 6).

The pieces have endpoints of their own since April 2025; the one endpoint with a ``command``, which X's own
quickstart still shows, does the same. What ``rules/uploads.py`` refuses comes back in X's words.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http.auth import ANY, USER
from careline_sandbox.http.calls import Call, answer, check_keys, endpoint, read_body, read_id
from careline_sandbox.rules import uploads as rules
from careline_sandbox.wire import errors, fields
from careline_sandbox.wire import media as wire
from careline_sandbox.world import media, uploads

WRITE = ("media.write",)
_ONE_SHOT = ("media", "media_category", "media_type", "shared", "additional_owners")
_BEGIN = ("media_type", "total_bytes", "media_category", "shared", "additional_owners")
_COMMAND = ("command", "media_id", "segment_index", *_BEGIN)
_LONGEST_ALT = 1000
_MOST_KEYS = 100


@endpoint("POST /2/media/upload", accepts=USER, scopes=WRITE, query=_COMMAND)
async def upload(call: Call) -> Response:
    """Keep a picture in one shot; or, with a ``command``, do what the endpoint of that step does."""
    body = {**await received(call), **call.request.query_params}
    if "command" in body:
        return _commanded(call, body)
    check_keys(body, _ONE_SHOT)
    category = body.get("media_category")
    if category not in rules.CATEGORIES or media.kind_of(str(category)) == "video":
        raise errors.invalid("$.media_category: is required and must name an image or GIF category")
    content, media_id = content_of(body), call.local_x.ids.mint(call.now_ms)
    with call.local_x.world.write() as tx:
        rules.keep_picture(
            tx,
            content,
            media_id=media_id,
            owner_id=call.person_id,
            category=str(category),
            at_ms=call.now_ms,
            additional_owners=owners(body.get("additional_owners")),
        )
    return _told(call, media_id)


@endpoint("POST /2/media/upload/initialize", accepts=USER, scopes=WRITE)
async def initialize(call: Call) -> Response:
    """Open an upload in pieces."""
    return answer({"data": begin(call, await read_body(call, allowed=_BEGIN))})


@endpoint("POST /2/media/upload/{id}/append", accepts=USER, scopes=WRITE)
async def append(call: Call) -> Response:
    """Keep a piece."""
    body = await received(call)
    check_keys(body, ("media", "segment_index"))
    return answer({"data": {"expires_at": take(call, call.path_id("id"), body) // 1000}})


@endpoint("POST /2/media/upload/{id}/finalize", accepts=USER, scopes=WRITE)
async def finalize(call: Call) -> Response:
    """Make an upload of its pieces."""
    return _finished(call, call.path_id("id"))


@endpoint("GET /2/media/upload", accepts=USER, scopes=WRITE, query=("media_id", "command"))
async def status(call: Call) -> Response:
    """How far X is with an upload."""
    params = call.request.query_params
    if params.get("command", "STATUS") != "STATUS":
        raise errors.invalid(
            f"The `command` query parameter value [{params['command']}] is not one of [STATUS]",
            command=params["command"],
        )
    return _told(call, read_id(params.get("media_id"), parameter="media_id"))


@endpoint("POST /2/media/metadata", accepts=USER, scopes=WRITE)
async def metadata(call: Call) -> Response:
    """Say in words what an upload shows. Of X's other metadata nothing is kept here."""
    body = await read_body(call, allowed=("id", "metadata"))
    media_id, told = read_id(body.get("id"), parameter="id"), body.get("metadata") or {}
    text = alt_text_of(told)
    if text is None:
        return answer({"data": {"id": str(media_id), "associated_metadata": {}}})
    describe(call, media_id, text)
    return answer({"data": {"id": str(media_id), "associated_metadata": {"alt_text": {"text": text}}}})


@endpoint("GET /2/media", accepts=ANY, scopes=("tweet.read",), query=("media_keys", "media.fields"))
async def look_up_many(call: Call) -> Response:
    """Up to a hundred media by their keys."""
    keys = [key for key in call.request.query_params.get("media_keys", "").split(",") if key]
    if not 1 <= len(keys) <= _MOST_KEYS:
        raise errors.invalid(
            f"The number of values in the `media_keys` query parameter list [{len(keys)}] is not valid"
        )
    found = {key: _shown(call, key) for key in dict.fromkeys(keys)}
    missing = [errors.not_found("media", "media_keys", key) for key, shown in found.items() if shown is None]
    body = {"data": [shown for shown in found.values() if shown], "errors": missing}
    return answer({key: value for key, value in body.items() if value})


@endpoint("GET /2/media/{media_key}", accepts=ANY, scopes=("tweet.read",), query=("media.fields",))
async def look_up(call: Call) -> Response:
    """One medium by its key."""
    key = call.request.path_params["media_key"]
    shown = _shown(call, key)
    if shown is None:
        return answer({"errors": [errors.not_found("media", "media_key", key)]})
    return answer({"data": shown})


def begin(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Open a session for what ``body`` announces; its id, key and lifetime."""
    category = rules.category_for(body.get("media_category"), body.get("media_type"))
    media_id = call.local_x.ids.mint(call.now_ms)
    with call.local_x.world.write() as tx:
        rules.begin(
            tx,
            media_id=media_id,
            owner_id=call.person_id,
            category=category,
            total_bytes=_number(body, "total_bytes") if "total_bytes" in body else None,
            additional_owners=owners(body.get("additional_owners")),
            at_ms=call.now_ms,
        )
    key = media.key_of(media_id, category)
    return {"id": str(media_id), "media_key": key, "expires_after_secs": uploads.LIFETIME_S}


def take(call: Call, media_id: int, body: Mapping[str, Any]) -> int:
    """Keep the piece that came; when its session ends, in milliseconds."""
    content, segment = content_of(body), _number(body, "segment_index")
    with call.local_x.world.write() as tx:
        return rules.append(tx, content, media_id=media_id, owner_id=call.person_id, segment=segment, at_ms=call.now_ms)


def describe(call: Call, media_id: int, text: str) -> None:
    """Keep the alt text of an upload of the caller's."""
    with call.local_x.world.write() as tx:
        rules.status(tx, media_id, owner_id=call.person_id)
        media.set_alt_text(tx, media_id, text)


def alt_text_of(told: Any) -> str | None:
    """The alt text in an object of metadata, None for none. Raises errors.Problem (400)."""
    entry = told.get("alt_text") if isinstance(told, dict) else None
    if entry is None:
        return None
    text = entry.get("text") if isinstance(entry, dict) else None
    if not isinstance(text, str) or len(text) > _LONGEST_ALT:
        raise errors.invalid(f"$.metadata.alt_text.text: must be a text of at most {_LONGEST_ALT} characters")
    return text


async def received(call: Call) -> dict[str, Any]:
    """The parameters of a call, from a form (a file as its bytes) or from JSON."""
    kind = call.request.headers.get("content-type", "")
    if not kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        return await read_body(call, allowed=("media", *_COMMAND)) if await call.request.body() else {}
    form = await call.request.form(max_part_size=2 * rules.PIECE_BYTES)
    # Larger than any file may be: refused by its size all the same, without being read to its end.
    most = 3 * rules.PIECE_BYTES + 1
    return {key: await value.read(most) if isinstance(value, UploadFile) else value for key, value in form.items()}


def content_of(body: Mapping[str, Any]) -> bytes:
    """The bytes of ``media``: a file, or base64. Raises errors.Problem (400)."""
    given = body.get("media")
    if isinstance(given, bytes):
        return given
    if not isinstance(given, str):
        raise errors.invalid("$.media: is missing but it is required")
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.invalid("$.media: is not valid base64") from error


def owners(given: Any) -> list[int]:
    """Additional owners, as a list or with commas between them. Raises errors.Problem (400)."""
    parts = [part for part in given.split(",") if part] if isinstance(given, str) else given or []
    if not isinstance(parts, list):
        raise errors.invalid("$.additional_owners: must be a list of ids")
    return [read_id(part, parameter="additional_owners") for part in parts]


def _commanded(call: Call, body: Mapping[str, Any]) -> Response:
    check_keys(body, ("media", *_COMMAND))
    if body["command"] == "INIT":
        return answer({"data": begin(call, body)})
    media_id = read_id(str(body.get("media_id", "")), parameter="media_id")
    if body["command"] == "APPEND":
        return answer({"data": {"expires_at": take(call, media_id, body) // 1000}})
    if body["command"] == "FINALIZE":
        return _finished(call, media_id)
    raise errors.invalid("$.command: must be one of INIT, APPEND, FINALIZE", command=str(body["command"]))


def _finished(call: Call, media_id: int) -> Response:
    with call.local_x.world.write() as tx:
        rules.finish(tx, media_id=media_id, owner_id=call.person_id, at_ms=call.now_ms)
    return _told(call, media_id)


def _told(call: Call, media_id: int) -> Response:
    with call.local_x.world.read() as connection:
        found = rules.status(connection, media_id, owner_id=call.person_id)
        return answer({"data": wire.upload_object(connection, found, now_ms=call.now_ms)})


def _shown(call: Call, key: str) -> dict[str, Any] | None:
    """The medium as its owners see it, and everybody once a post shows it."""
    number = key.rpartition("_")[2]
    asked = fields.parse(call.request.query_params, expansions=frozenset())
    with call.local_x.world.read() as connection:
        found = media.get(connection, read_id(number, parameter="media_keys"))
        if found is None or found["media_key"] != key:
            return None
        mine = call.caller.person_id is not None and media.is_owner(connection, found["id"], call.caller.person_id)
        if not mine and not media.is_public(connection, found["id"]):
            return None
        return wire.media_object(connection, found, asked=asked)


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 15:
        raise errors.invalid(f"$.{name}: must be a whole number", **{name: str(value)})
    return int(str(value))


ROUTES: list[Route] = [upload, initialize, append, finalize, status, metadata, look_up_many, look_up]
