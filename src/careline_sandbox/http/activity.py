"""The X Activity API: subscriptions and the stream (x-platform section 4.4).

Public event types may be had with the app's bearer; private ones need a token of the very person they are
about, with the scope for the type. Answers follow X's API description, where a new subscription lies under
``data.subscription``; the prose shows it one level higher or in a list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from careline_sandbox.deliver import backlog, event_types, office, registry, streams
from careline_sandbox.deliver.registry import Subscription
from careline_sandbox.deliver.streams import Stream
from careline_sandbox.http import auth, paging
from careline_sandbox.http.auth import ANY, USER, Kind
from careline_sandbox.http.calls import Call, answer, check_keys, endpoint, read_body, read_id
from careline_sandbox.http.webhooks import office_of, own_webhook
from careline_sandbox.wire import errors
from careline_sandbox.wire.times import iso
from careline_sandbox.world import people

_APP: tuple[Kind, ...] = ("app",)
_MOST = {"self_serve": 1_500, "enterprise": 75_000}
_MOST_IDS = 100
_LONGEST_TAG = 200
_MINUTE_MS = 60_000


@endpoint("POST /2/activity/subscriptions", accepts=ANY)
async def create(call: Call) -> Response:
    """Subscribe the app to one event type about one person."""
    body = await read_body(call, allowed=("event_type", "filter", "tag", "webhook_id"))
    event_type = event_types.canonical(str(body.get("event_type")))
    if event_type is None:
        raise errors.invalid(f"$.event_type: does not have a value in the enumeration: {body.get('event_type')}")
    wanted = _read_filter(body.get("filter"), event_type)
    _check_right(call, event_type, wanted["user_id"])
    with call.local_x.world.write() as connection:
        if wanted["user_id"] is not None and people.get(connection, wanted["user_id"]) is None:
            raise errors.invalid("$.filter.user_id: there is no such user", user_id=str(wanted["user_id"]))
        subscription = Subscription(
            id=call.local_x.ids.mint(call.now_ms),
            app_id=call.caller.app["id"],
            event_type=event_type,
            **wanted,
            tag=_read_tag(body),
            webhook_id=own_webhook(connection, call, body["webhook_id"]).id if "webhook_id" in body else None,
            created_at_ms=call.now_ms,
            updated_at_ms=call.now_ms,
        )
        _add(connection, call, subscription)
    office.refresh(office_of(call))
    return answer({"data": {"subscription": _shown(subscription)}})


@endpoint("GET /2/activity/subscriptions", accepts=ANY, query=("max_results", "pagination_token"))
async def listing(call: Call) -> Response:
    """A page of the app's subscriptions, newest first."""
    query, app_id = call.request.query_params, call.caller.app["id"]
    limit = paging.read_count(query, low=1, high=1000, default=1000)
    turn = paging.read_turn(query, "pagination_token")
    with call.local_x.world.read() as connection:
        rows = registry.subscription_rows(
            connection,
            app_id=app_id,
            edge=turn.edge if turn else paging.TOP,
            upwards=turn is not None and turn.upwards,
            limit=limit + 1,
        )
        total = registry.count_subscriptions(connection, app_id=app_id)
    page, meta = paging.cut(rows, limit=limit, turn=turn)
    shown = [_shown(Subscription(**dict(row))) for row in page]
    return answer({"data": shown, "meta": {"total_subscriptions": total, **meta}})


@endpoint("PUT /2/activity/subscriptions/{subscription_id}", accepts=_APP)
async def change(call: Call) -> Response:
    """Give a subscription another tag or another webhook; its type and filter stay."""
    body = await read_body(call, allowed=("tag", "webhook_id"))
    app_id = call.caller.app["id"]
    with call.local_x.world.write() as connection:
        old = _own(connection, call)
        hook = own_webhook(connection, call, body["webhook_id"]).id if "webhook_id" in body else old.webhook_id
        tag = _read_tag(body) if "tag" in body else old.tag
        registry.change_subscription(connection, old.id, tag=tag, webhook_id=hook, at_ms=call.now_ms)
        new = _own(connection, call)
        total = registry.count_subscriptions(connection, app_id=app_id)
    office.refresh(office_of(call))
    return answer({"data": {"subscription": _shown(new), "total_subscriptions": total}})


@endpoint("DELETE /2/activity/subscriptions/{subscription_id}", accepts=_APP)
async def remove(call: Call) -> Response:
    """End one subscription."""
    app_id = call.caller.app["id"]
    with call.local_x.world.write() as connection:
        registry.remove_subscription(connection, _own(connection, call).id, app_id=app_id)
        total = registry.count_subscriptions(connection, app_id=app_id)
    office.refresh(office_of(call))
    return answer({"data": {"deleted": True}, "meta": {"total_subscriptions": total}})


@endpoint("DELETE /2/activity/subscriptions", accepts=_APP, query=("ids",))
async def remove_many(call: Call) -> Response:
    """End up to a hundred subscriptions; the unknown ones among them are named, the others go."""
    ids = [part for part in call.request.query_params.get("ids", "").split(",") if part]
    if not 1 <= len(ids) <= _MOST_IDS:
        raise errors.invalid(f"The `ids` query parameter must hold 1 to {_MOST_IDS} ids", ids=",".join(ids))
    numbers = {text: read_id(text, parameter="ids") for text in ids}
    app_id = call.caller.app["id"]
    with call.local_x.world.write() as connection:
        gone = {
            text: registry.remove_subscription(connection, number, app_id=app_id) for text, number in numbers.items()
        }
        total = registry.count_subscriptions(connection, app_id=app_id)
    office.refresh(office_of(call))
    deleted = [{"subscription_id": text, "deleted": True} for text, done in gone.items() if done]
    reason = {"reason": "SubscriptionNotFound", "message": "This app has no such subscription."}
    missing = [{"subscription_id": text, **reason} for text, done in gone.items() if not done]
    failures = {"errors": missing} if missing else {}
    return answer({"data": deleted, **failures, "meta": {"total_subscriptions": total}})


@endpoint("GET /2/activity/stream", accepts=_APP, query=("backfill_minutes", "start_time", "end_time"))
async def stream(call: Call) -> Response:
    """Every event of the app's subscriptions as it happens, after what backfill or start_time asks for."""
    query, post_office, app_id = call.request.query_params, office_of(call), call.caller.app["id"]
    minutes = query.get("backfill_minutes", "0")
    if minutes not in ("0", "1", "2", "3", "4", "5"):
        message = f"The `backfill_minutes` query parameter value [{minutes}] is not between 0 and 5"
        raise errors.invalid(message, backfill_minutes=minutes)
    from_ms = paging.read_time(query, "start_time", default=call.now_ms - int(minutes) * _MINUTE_MS)
    end_ms = paging.read_time(query, "end_time", default=paging.TOP)
    if sum(open_.app_id == app_id for open_ in post_office.open_streams) >= streams.MOST_PER_APP:
        raise _too_many_connections()
    opened = Stream(app_id)
    post_office.open_streams.append(opened)
    told_before = backlog.again(
        post_office,
        from_ms=from_ms,
        to_ms=min(end_ms, call.now_ms),
        to_seq=post_office.cursor if from_ms < call.now_ms else 0,
        keep=lambda subscription: subscription.app_id == app_id,
    )
    lines = streams.written(opened, told_before, is_over=lambda: call.local_x.clock.now_ms() >= end_ms)
    return StreamingResponse(_until_closed(call, opened, lines), media_type="application/json; charset=utf-8")


async def _until_closed(call: Call, opened: Stream, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for line in lines:
            yield line
    finally:
        office_of(call).open_streams.remove(opened)


def _read_filter(given: Any, event_type: str) -> dict[str, Any]:
    """``user_id`` (a number), ``direction`` and ``keyword`` of a filter, None where not given."""
    if not isinstance(given, dict):
        raise errors.invalid("$.filter: is missing but it is required")
    check_keys(given, ("user_id", "direction", "keyword"), at="$.filter")
    direction = given.get("direction")
    if direction is not None and direction not in ("inbound", "outbound"):
        raise errors.invalid("$.filter.direction: must be inbound or outbound", direction=str(direction))
    if direction is not None and event_type in event_types.WITHOUT_DIRECTION:
        raise errors.invalid(f"$.filter.direction: is not supported for {event_type}", direction=direction)
    if event_type not in event_types.WITHOUT_USER and "user_id" not in given:
        raise errors.invalid("$.filter.user_id: is missing but it is required")
    user_id = read_id(given["user_id"], parameter="user_id") if "user_id" in given else None
    return {"user_id": user_id, "direction": direction, "keyword": given.get("keyword")}


def _read_tag(body: Mapping[str, Any]) -> str | None:
    tag = body.get("tag")
    if tag is not None and (not isinstance(tag, str) or not 1 <= len(tag) <= _LONGEST_TAG):
        raise errors.invalid(f"$.tag: must have 1 to {_LONGEST_TAG} characters")
    return tag


def _check_right(call: Call, event_type: str, user_id: int | None) -> None:
    """Refuse a private event type to anybody but the person it is about, asking through this app."""
    scope = event_types.scope_for(event_type)
    if scope is None:
        return
    auth.admit(call.caller, accepts=USER, scopes=(scope,))
    if call.caller.person_id != user_id:
        raise errors.forbidden()


def _add(connection: sqlite3.Connection, call: Call, subscription: Subscription) -> None:
    most = _MOST[call.caller.app["tier"]]
    if registry.count_subscriptions(connection, app_id=subscription.app_id) >= most:
        raise errors.invalid(f"SubscriptionLimitExceeded: this app may have {most}.")
    try:
        registry.add_subscription(connection, subscription)
    except sqlite3.IntegrityError as error:
        message = "DuplicateSubscriptionFailed: this app has a subscription of that type and filter."
        raise errors.invalid(message, event_type=subscription.event_type) from error


def _own(connection: sqlite3.Connection, call: Call) -> Subscription:
    text = call.request.path_params["subscription_id"]
    number = read_id(text, parameter="subscription_id")
    found = registry.subscription(connection, number, app_id=call.caller.app["id"])
    if found is None:
        raise errors.Problem(404, {**errors.not_found("subscription", "subscription_id", text), "status": 404})
    return found


def _shown(subscription: Subscription) -> dict[str, Any]:
    """A subscription as X writes it, without the parts that were not given."""
    parts: dict[str, Any] = {
        "subscription_id": str(subscription.id),
        "event_type": subscription.event_type,
        "filter": subscription.filter,
        "tag": subscription.tag,
        "webhook_id": str(subscription.webhook_id) if subscription.webhook_id else None,
        "created_at": iso(subscription.created_at_ms),
        "updated_at": iso(subscription.updated_at_ms),
    }
    return {key: value for key, value in parts.items() if value is not None}


def _too_many_connections() -> errors.Problem:
    return errors.Problem(
        429,
        {
            "title": "ConnectionException",
            "detail": "This stream is currently at the maximum allowed connection limit.",
            "connection_issue": "TooManyConnections",
            "type": f"{errors.TYPES}streaming-connection",
        },
    )


ROUTES = [create, listing, change, remove, remove_many, stream]
