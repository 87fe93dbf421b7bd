"""People over HTTP: the caller, and others by id or username (x-platform 7.1)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

from starlette.responses import Response

from careline_sandbox.http.auth import ANY, USER
from careline_sandbox.http.calls import Call, answer, endpoint, read_id
from careline_sandbox.http.posts import READ
from careline_sandbox.wire import errors, fields
from careline_sandbox.wire.users import user_object
from careline_sandbox.world import people

_SELECTION = ("user.fields", "tweet.fields", "post.fields", "expansions")
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")
Find = Callable[[sqlite3.Connection, str], sqlite3.Row | None]


@endpoint("GET /2/users/me", accepts=USER, scopes=READ, query=_SELECTION)
async def me(call: Call) -> Response:
    """The person whose token this is."""
    return _found(call, [str(call.person_id)], _by_id, parameter="id", many=False)


@endpoint("GET /2/users/{id}", accepts=ANY, scopes=READ, query=_SELECTION)
async def by_id(call: Call) -> Response:
    """One person by id."""
    return _found(call, [str(call.path_id("id"))], _by_id, parameter="id", many=False)


@endpoint("GET /2/users", accepts=ANY, scopes=READ, query=("ids", *_SELECTION))
async def by_ids(call: Call) -> Response:
    """Up to 100 people by id."""
    ids = [str(read_id(part, parameter="ids")) for part in _several(call, "ids")]
    return _found(call, ids, _by_id, parameter="ids", many=True)


@endpoint("GET /2/users/by/username/{username}", accepts=ANY, scopes=READ, query=_SELECTION)
async def by_username(call: Call) -> Response:
    """One person by username."""
    names = [_name(call.request.path_params["username"], parameter="username")]
    return _found(call, names, people.by_username, parameter="username", many=False)


@endpoint("GET /2/users/by", accepts=ANY, scopes=READ, query=("usernames", *_SELECTION))
async def by_usernames(call: Call) -> Response:
    """Up to 100 people by username."""
    names = [_name(part, parameter="usernames") for part in _several(call, "usernames")]
    return _found(call, names, people.by_username, parameter="usernames", many=True)


def _several(call: Call, name: str) -> list[str]:
    parts = [part for part in call.request.query_params.get(name, "").split(",") if part]
    if not 1 <= len(parts) <= 100:
        raise errors.invalid(f"The number of values in the `{name}` query parameter list is not between 1 and 100")
    return parts


def _name(text: str, *, parameter: str) -> str:
    if not _USERNAME.fullmatch(text):
        message = f"The `{parameter}` query parameter value [{text}] does not match ^[A-Za-z0-9_]{{1,15}}$"
        raise errors.invalid(message, **{parameter: text})
    return text


def _by_id(connection: sqlite3.Connection, person_id: str) -> sqlite3.Row | None:
    return people.get(connection, int(person_id))


def _found(call: Call, wanted: list[str], find: Find, *, parameter: str, many: bool) -> Response:
    asked = fields.parse(call.request.query_params, expansions=fields.USER_EXPANSIONS)
    shown, missing = [], []
    with call.local_x.world.read() as connection:
        for value in dict.fromkeys(wanted):
            person = find(connection, value)
            if person is None:
                missing.append(errors.not_found("user", parameter, value))
            else:
                shown.append(user_object(connection, person["id"], viewer_id=call.caller.person_id, asked=asked))
    body = {"data": shown if many else shown[0]} if shown else {}
    return answer({**body, "errors": missing} if missing else body)


ROUTES = [me, by_usernames, by_username, by_ids, by_id]
