"""Webhooks v2: register, list, check again, remove, replay (x-platform section 4.1).

An address is kept only after it has answered a challenge, and is sent nothing while its last challenge failed.
X names its reasons for a refusal (CrcValidationFailed and so on) but has not published the body around them;
here they begin the message of an invalid-request problem.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from careline_sandbox.deliver import backlog, challenge, office, registry
from careline_sandbox.deliver.office import Office
from careline_sandbox.deliver.registry import Webhook
from careline_sandbox.http.auth import Kind
from careline_sandbox.http.calls import Call, answer, endpoint, read_body
from careline_sandbox.wire import errors
from careline_sandbox.wire.times import iso

_WHO: tuple[Kind, ...] = ("app", "oauth1")  # the prose says app-only, the API description adds OAuth 1.0a
_APP: tuple[Kind, ...] = ("app",)
_FIELDS = ("id", "url", "valid", "created_at")
_MOST = {"self_serve": 1, "enterprise": 5}
_MINUTE_MS = 60_000
_REACH_MS = 5 * 24 * 60 * _MINUTE_MS  # "up to five days" in the API description
_SETTLED_MS = 10 * _MINUTE_MS  # the newest moment that a replay may ask for is ten minutes old


def office_of(call: Call) -> Office:
    """The delivery office of the running sandbox."""
    found: Office = call.request.app.state.office
    return found


@endpoint("POST /2/webhooks", accepts=_WHO)
async def create(call: Call) -> Response:
    """Register an address, if it passes the challenge now."""
    body = await read_body(call, allowed=("url",))
    url, app = body.get("url"), call.caller.app
    if not isinstance(url, str):
        raise errors.invalid("$.url: is missing but it is required")
    if fault := challenge.url_fault(url):
        raise _failed("UrlValidationFailed", fault, url=url)
    with call.local_x.world.read() as connection:
        _check_room(connection, call, url)
    beyond = office_of(call).beyond_loopback
    if not await challenge.passes(url, app["consumer_secret"], beyond_loopback=beyond):
        raise _failed("CrcValidationFailed", "the address did not answer the challenge rightly", url=url)
    with call.local_x.world.write() as connection:
        _check_room(connection, call, url)  # again: another call may have been faster
        hook = registry.add_webhook(
            connection,
            webhook_id=call.local_x.ids.mint(call.now_ms),
            app_id=app["id"],
            url=url,
            at_ms=call.now_ms,
        )
    office.refresh(office_of(call))
    return answer({"data": _shown(hook, _FIELDS)})


@endpoint("GET /2/webhooks", accepts=_APP, query=("webhook_config.fields",))
async def listing(call: Call) -> Response:
    """The app's webhooks, with the fields asked for (default: all)."""
    asked = call.request.query_params.get("webhook_config.fields")
    fields = tuple(asked.split(",")) if asked else _FIELDS
    if asked is not None and not set(fields) <= set(_FIELDS):
        raise errors.invalid(
            f"The `webhook_config.fields` query parameter value [{asked}] is not one of [{','.join(_FIELDS)}]",
            **{"webhook_config.fields": asked},
        )
    with call.local_x.world.read() as connection:
        hooks = registry.webhooks(connection, app_id=call.caller.app["id"])
    return answer({"data": [_shown(hook, fields) for hook in hooks], "meta": {"result_count": len(hooks)}})


@endpoint("PUT /2/webhooks/{webhook_id}", accepts=_WHO)
async def check_again(call: Call) -> Response:
    """Challenge an address again; passing switches its deliveries on, failing switches them off."""
    hook = _own(call, call.request.path_params["webhook_id"])
    secret = call.caller.app["consumer_secret"]
    passed = await challenge.passes(hook.url, secret, beyond_loopback=office_of(call).beyond_loopback)
    with call.local_x.world.write() as connection:
        registry.set_valid(connection, hook.id, valid=passed)
        if passed:
            registry.note_pass(connection, hook.id, at_ms=call.local_x.clock.now_ms())
    office.refresh(office_of(call))
    if not passed:
        raise _failed("CrcValidationFailed", "the address did not answer the challenge rightly", url=hook.url)
    return answer({"data": {"valid": True}})


@endpoint("DELETE /2/webhooks/{webhook_id}", accepts=_WHO)
async def remove(call: Call) -> Response:
    """Forget an address; nothing more is sent there."""
    hook = _own(call, call.request.path_params["webhook_id"])
    with call.local_x.world.write() as connection:
        registry.remove_webhook(connection, hook.id)
    office.refresh(office_of(call))
    return answer({"data": {"deleted": True}})


@endpoint("POST /2/webhooks/replay", accepts=_APP)
async def replay(call: Call) -> Response:
    """Start a job that sends again what the webhook was due between two minutes."""
    keys = ("webhook_id", "from_date", "to_date")
    body = await read_body(call, allowed=keys)
    for key in keys:
        if key not in body:
            raise errors.invalid(f"$.{key}: is missing but it is required")
    hook = _own(call, body["webhook_id"])
    from_ms, to_ms = (_minute(body[key], parameter=key) for key in ("from_date", "to_date"))
    if not call.now_ms - _REACH_MS <= from_ms < to_ms <= call.now_ms - _SETTLED_MS:
        raise _failed(
            "QueryParamInvalid",
            "from_date must lie before to_date, both between five days and ten minutes ago",
            from_date=body["from_date"],
            to_date=body["to_date"],
        )
    if hook.id in office_of(call).replaying:
        raise _failed("ReplayConflictError", "a replay for this webhook is still running", webhook_id=str(hook.id))
    job_id = call.local_x.ids.mint(call.now_ms)
    office_of(call).replaying.add(hook.id)
    work = backlog.replay(office_of(call), hook, job_id=job_id, from_ms=from_ms, to_ms=to_ms + _MINUTE_MS - 1)
    office.errand(office_of(call), work)
    return answer({"data": {"job_id": str(job_id), "created_at": iso(call.now_ms)}})


def own_webhook(connection: sqlite3.Connection, call: Call, webhook_id: object) -> Webhook:
    """The app's webhook of this id. Raises errors.Problem (400, WebhookIdInvalid) if it has none."""
    for hook in registry.webhooks(connection, app_id=call.caller.app["id"]):
        if str(hook.id) == webhook_id:
            return hook
    raise _failed("WebhookIdInvalid", "this app has no such webhook", webhook_id=str(webhook_id))


def _own(call: Call, webhook_id: object) -> Webhook:
    with call.local_x.world.read() as connection:
        return own_webhook(connection, call, webhook_id)


def _check_room(connection: sqlite3.Connection, call: Call, url: str) -> None:
    hooks = registry.webhooks(connection, app_id=call.caller.app["id"])
    if any(hook.url == url for hook in hooks):
        raise _failed("DuplicateUrlFailed", "this app has registered the address already", url=url)
    most = _MOST[call.caller.app["tier"]]
    if len(hooks) >= most:
        raise _failed("WebhookLimitExceeded", f"this app may have {most}", url=url)


def _shown(hook: Webhook, fields: tuple[str, ...]) -> dict[str, Any]:
    everything = {"id": str(hook.id), "url": hook.url, "valid": hook.valid, "created_at": iso(hook.created_at_ms)}
    return {name: everything[name] for name in _FIELDS if name in fields}


def _minute(text: object, *, parameter: str) -> int:
    """Unix milliseconds of a ``yyyymmddhhmm`` in UTC."""
    try:
        return int(datetime.strptime(f"{text} +0000", "%Y%m%d%H%M %z").astimezone(UTC).timestamp() * 1000)
    except ValueError as error:
        raise _failed("QueryParamInvalid", f"{parameter} must be yyyymmddhhmm", **{parameter: str(text)}) from error


def _failed(reason: str, why: str, **parameters: str) -> errors.Problem:
    return errors.invalid(f"{reason}: {why}.", **parameters)


ROUTES = [replay, create, listing, check_again, remove]
