"""The operator's side of the local X: people, apps, tokens, ties, switches, and the truth to compare with."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from starlette.responses import Response

from careline_sandbox.http.operator import Order, control
from careline_sandbox.rules import compose, private
from careline_sandbox.world import apps, authorizations, dms, people, settings

_PAGE = Path(__file__).parent.parent / "page"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@control("GET /_sandbox/health")
async def health(order: Order) -> Any:
    """That it answers."""
    return {"ok": True}


@control("POST /_sandbox/people")
async def add_person(order: Order) -> Any:
    """Make a person: {"username", "name"?, "id"?, "protected"?, "dm_from"?, "description"?, "verified_type"?}."""
    now_ms = order.local_x.clock.now_ms()
    with order.local_x.world.write() as tx:
        person_id = people.add(
            tx,
            order.text("username"),
            person_id=order.number("id") if "id" in order.body else order.local_x.ids.mint(now_ms),
            at_ms=now_ms,
            name=order.text("name", ""),
            description=order.text("description", ""),
            protected=bool(order.body.get("protected", False)),
            dm_from=order.text("dm_from", "everyone"),
            verified_type=order.text("verified_type", "none"),
            profile_image_url=order.body.get("profile_image_url"),
        )
        return _person(_known(people.get(tx, person_id)))


@control("GET /_sandbox/people")
async def list_people(order: Order) -> Any:
    """Everybody."""
    with order.local_x.world.read() as connection:
        return {"people": [_person(row) for row in people.everyone(connection)]}


@control("POST /_sandbox/apps")
async def add_app(order: Order) -> Any:
    """Make a developer app: {"name", "owner": username or id, "tier"?, "callbacks"?: [url]} -> its credentials."""
    with order.local_x.world.write() as tx:
        owner = _who(tx, order.body.get("owner"))
        app_id = order.local_x.ids.mint(order.local_x.clock.now_ms())
        tier = order.text("tier", "self_serve")
        made = apps.add(tx, order.text("name"), app_id=app_id, owner_id=owner["id"], tier=tier)
        authorizations.set_callbacks(tx, app_id, _addresses(order.body.get("callbacks", [])))
        return made


def _addresses(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(url, str) and "://" in url for url in given):
        raise ValueError("callbacks is a list of addresses")
    return given


@control("GET /_sandbox/apps")
async def list_apps(order: Order) -> Any:
    """All apps, without their secrets."""
    with order.local_x.world.read() as connection:
        rows = apps.everything(connection)
    shown = ("id", "name", "owner_id", "tier", "client_id", "consumer_key")
    return {"apps": [{key: _plain(row[key]) for key in shown} for row in rows]}


@control("POST /_sandbox/tokens")
async def add_token(order: Order) -> Any:
    """Let an app act for a person: {"app_id", "person_id", "kind"?, "scopes"?, "expires_in"?} -> tokens."""
    scopes = order.body.get("scopes", list(apps.ALL_SCOPES))
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise ValueError("scopes is a list of names")
    with order.local_x.world.write() as tx:
        if apps.get(tx, order.number("app_id")) is None:
            raise LookupError(f"there is no app {order.number('app_id')}")
        return apps.grant(
            tx,
            app_id=order.number("app_id"),
            person_id=_who(tx, order.body.get("person_id"))["id"],
            kind=order.text("kind", "oauth2"),
            scopes=scopes,
            at_ms=order.local_x.clock.now_ms(),
            expires_in=order.number("expires_in") if "expires_in" in order.body else 7200,
        )


@control("POST /_sandbox/follow")
async def follow(order: Order) -> Any:
    """{"source_id", "target_id"}: source follows target."""
    with order.local_x.world.write() as tx:
        people.follow(tx, **_pair(tx, order))
    return {"ok": True}


@control("POST /_sandbox/unfollow")
async def unfollow(order: Order) -> Any:
    """{"source_id", "target_id"}: source no longer follows target."""
    with order.local_x.world.write() as tx:
        people.unfollow(tx, **_pair(tx, order))
    return {"ok": True}


@control("POST /_sandbox/block")
async def block(order: Order) -> Any:
    """{"source_id", "target_id"}: source blocks target."""
    with order.local_x.world.write() as tx:
        people.block(tx, **_pair(tx, order), at_ms=order.local_x.clock.now_ms())
    return {"ok": True}


@control("POST /_sandbox/unblock")
async def unblock(order: Order) -> Any:
    """{"source_id", "target_id"}: source no longer blocks target."""
    with order.local_x.world.write() as tx:
        people.unblock(tx, **_pair(tx, order), at_ms=order.local_x.clock.now_ms())
    return {"ok": True}


@control("POST /_sandbox/posts")
async def add_post(order: Order) -> Any:
    """A person posts in X's own client: {"author", "text", "in_reply_to_id"?}; the rules for apps do not apply."""
    now_ms = order.local_x.clock.now_ms()
    parent = order.number("in_reply_to_id") if "in_reply_to_id" in order.body else None
    draft = compose.Draft(text=order.text("text"), in_reply_to_id=parent)
    post_id = order.local_x.ids.mint(now_ms)
    with order.local_x.world.write() as tx:
        author = _who(tx, order.body.get("author"))
        text = compose.publish(tx, draft, author=author, app=None, post_id=post_id, at_ms=now_ms)
    return {"id": str(post_id), "text": text}


@control("POST /_sandbox/dms")
async def add_dm(order: Order) -> Any:
    """A person writes a message in X's own client: {"from", "to", "text"}."""
    now_ms = order.local_x.clock.now_ms()
    dm_id = order.local_x.ids.mint(now_ms)
    with order.local_x.world.write() as tx:
        sender, recipient = _who(tx, order.body.get("from")), _who(tx, order.body.get("to"))
        text = order.text("text")
        pair = private.send(tx, text, dm_id=dm_id, sender_id=sender["id"], recipient=recipient, at_ms=now_ms)
    return {"dm_event_id": str(dm_id), "dm_conversation_id": pair}


@control("POST /_sandbox/dm_read")
async def mark_read(order: Order) -> Any:
    """{"reader_id", "dm_id"}: the reader has seen the message (X's clients do this; its API cannot)."""
    with order.local_x.world.write() as tx:
        reader, dm_id = _who(tx, order.body.get("reader_id")), order.number("dm_id")
        dms.mark_read(tx, dm_id=dm_id, reader_id=reader["id"], at_ms=order.local_x.clock.now_ms())
    return {"ok": True}


@control("GET /_sandbox/settings")
async def show_settings(order: Order) -> Any:
    """The switches."""
    with order.local_x.world.read() as connection:
        return {"summon": settings.get(connection, "summon")}


@control("POST /_sandbox/settings")
async def change_settings(order: Order) -> Any:
    """{"summon": "strict" | "engaged"}: whether a plain reply to our own post lets an app answer."""
    summon = order.text("summon")
    if summon not in ("strict", "engaged"):
        raise ValueError("summon is strict or engaged")
    with order.local_x.world.write() as tx:
        settings.put(tx, "summon", summon)
    return {"summon": summon}


@control("GET /_sandbox/limits")
async def show_limits(order: Order) -> Any:
    """The changed rate windows."""
    return order.local_x.windows.overrides


@control("POST /_sandbox/limits")
async def change_limit(order: Order) -> Any:
    """{"endpoint": "POST /2/tweets" or "*", "limit", "window_s"?}: one window per caller instead of X's own."""
    override = {
        "limit": order.number("limit"),
        "window_s": order.number("window_s") if "window_s" in order.body else 900,
    }
    windows = order.local_x.windows
    windows.overrides[order.text("endpoint")] = override
    _keep_limits(order)
    return windows.overrides


@control("DELETE /_sandbox/limits")
async def reset_limits(order: Order) -> Any:
    """Back to X's own windows, all of them fresh."""
    order.local_x.windows.overrides.clear()
    _keep_limits(order)
    return {}


@control("POST /_sandbox/clock")
async def set_clock(order: Order) -> Any:
    """{"sim": unix seconds, "rate"}: write the shared clock's file; an error where none is configured."""
    sim, rate = order.body.get("sim"), order.body.get("rate")
    try:
        order.local_x.clock.set(sim=None if sim is None else float(sim), rate=None if rate is None else float(rate))
    except (RuntimeError, TypeError) as error:
        raise ValueError(str(error)) from error
    return {"now": order.local_x.clock.now_ms() / 1000, "rate": order.local_x.clock.rate}


@control("GET /_sandbox/state")
async def state(order: Order) -> Any:
    """What X really has: counts, and (without ``?only=counts``) every standing post and every message."""
    with order.local_x.world.read() as connection:
        tables = ("people", "apps", "tokens", "posts", "dms", "media", "happenings")
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names above
            for table in tables
        }
        if order.request.query_params.get("only") == "counts":
            return {"counts": counts}
        posted = connection.execute("SELECT * FROM posts ORDER BY id").fetchall()
        messages = connection.execute("SELECT * FROM dms ORDER BY id").fetchall()
    standing = [_post(row) for row in posted if row["deleted_at_ms"] is None]
    deleted = [str(row["id"]) for row in posted if row["deleted_at_ms"] is not None]
    return {"counts": counts, "posts": standing, "deleted_posts": deleted, "dms": [_dm(row) for row in messages]}


@control("GET /_sandbox/")
async def page(order: Order) -> Any:
    """The page for a person."""
    return _page_file("index.html", "text/html")


@control("GET /_sandbox/page.js")
async def script(order: Order) -> Any:
    """The page's script."""
    return _page_file("page.js", "text/javascript")


@control("GET /_sandbox/page.css")
async def style(order: Order) -> Any:
    """What the page has beyond the style sheet of the customers' pages."""
    return _page_file("page.css", "text/css")


def _page_file(name: str, kind: str) -> Response:
    headers = {"content-security-policy": _POLICY, "x-content-type-options": "nosniff", "cache-control": "no-cache"}
    return Response((_PAGE / name).read_bytes(), media_type=f"{kind}; charset=utf-8", headers=headers)


def _keep_limits(order: Order) -> None:
    order.local_x.windows.running.clear()
    with order.local_x.world.write() as tx:
        settings.put(tx, "limits", order.local_x.windows.overrides)


def _who(connection: sqlite3.Connection, given: Any) -> sqlite3.Row:
    """A person by username or id. Raises LookupError for a stranger."""
    found = None
    if isinstance(given, int) or (isinstance(given, str) and given.isdecimal()):
        found = people.get(connection, int(given))
    if found is None and isinstance(given, str):
        found = people.by_username(connection, given.removeprefix("@"))
    return _known(found, given)


def _known(row: sqlite3.Row | None, name: Any = None) -> sqlite3.Row:
    if row is None:
        raise LookupError(f"there is no person {name}")
    return row


def _pair(connection: sqlite3.Connection, order: Order) -> dict[str, int]:
    ends = ("source_id", "target_id")
    return {end: _who(connection, order.body.get(end))["id"] for end in ends}


def _person(row: sqlite3.Row) -> dict[str, Any]:
    shown = {key: _plain(row[key]) for key in ("id", "username", "name", "dm_from", "verified_type")}
    return {**shown, "protected": bool(row["protected"])}


def _plain(value: Any) -> Any:
    """Ids as X writes them: as text, because they do not fit into JavaScript's numbers."""
    return str(value) if isinstance(value, int) else value


def _post(row: sqlite3.Row) -> dict[str, Any]:
    keys = ("id", "author_id", "text", "conversation_id", "in_reply_to_id", "in_reply_to_user_id", "quoted_id")
    media_ids = [str(key) for key in json.loads(row["media_ids"])]
    return {**{key: _plain(row[key]) for key in keys}, "media_ids": media_ids, "created_at_ms": row["created_at_ms"]}


def _dm(row: sqlite3.Row) -> dict[str, Any]:
    keys = ("id", "dm_conversation_id", "sender_id", "recipient_id", "text", "media_id")
    source = {**dict(row), "dm_conversation_id": row["conversation_id"]}
    return {**{key: _plain(source[key]) for key in keys}, "created_at_ms": row["created_at_ms"]}


ROUTES = [
    health,
    add_person,
    list_people,
    add_app,
    list_apps,
    add_token,
    follow,
    unfollow,
    block,
    unblock,
    add_post,
    add_dm,
    mark_read,
    show_settings,
    change_settings,
    show_limits,
    change_limit,
    reset_limits,
    set_clock,
    state,
    page,
    script,
    style,
]
