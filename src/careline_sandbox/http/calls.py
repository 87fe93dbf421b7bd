"""What all endpoints of X have in common: authentication, rate windows, parameters, errors, headers.

An endpoint is one function under ``@endpoint("GET /2/...")``, which makes it a route. It gets a ``Call``,
returns a response (``answer``), and raises ``errors.Problem`` for what X refuses. Windows are counted after
authentication and before the endpoint runs, so refused input costs a call, as on X.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.faults import late_ms
from careline_sandbox.http import auth, limits
from careline_sandbox.http.auth import Caller, Kind
from careline_sandbox.local_x import LocalX
from careline_sandbox.wire import errors
from careline_sandbox.world.posts import View

_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. ``now_ms`` is its one idea of the time."""

    request: Request
    local_x: LocalX
    caller: Caller
    now_ms: int

    @property
    def view(self) -> View:
        """Through whose eyes the answer is rendered."""
        return View(self.caller.person_id, self.now_ms)

    @property
    def person_id(self) -> int:
        """The person of a user token; only where the endpoint accepts nothing else."""
        if self.caller.person_id is None:
            raise errors.forbidden()
        return self.caller.person_id

    @property
    def visible_at_ms(self) -> int:
        """When the effect of this call shows: now, but for a fault that makes it late."""
        return self.now_ms + late_ms(self.request.scope)

    def path_id(self, name: str) -> int:
        """A numeric id in the path. Raises errors.Problem (400) for anything else."""
        return read_id(self.request.path_params[name], parameter=name)


Handler = Callable[[Call], Awaitable[Response]]


def endpoint(
    name: str, *, accepts: tuple[Kind, ...], scopes: tuple[str, ...] = (), query: Collection[str] = ()
) -> Callable[[Handler], Route]:
    """Make a route of a function. ``name`` is method and path as X's description spells them.

    ``accepts`` are the kinds of token, ``scopes`` what an OAuth 2.0 one needs, ``query`` the parameters that X
    knows there; others are refused.
    """
    method, _, path = name.partition(" ")
    known = frozenset(query)

    def decorate(handler: Handler) -> Route:
        async def serve(request: Request) -> Response:
            headers = {"x-transaction-id": secrets.token_hex(8), "api-version": "2.167"}
            try:
                call = await _admit(request, name, accepts=accepts, scopes=scopes, headers=headers)
                _check_query(request.query_params, known)
                response = await handler(call)
            except errors.Problem as problem:
                response = refusal(problem)
            response.headers.update(headers)
            return response

        serve.__doc__ = handler.__doc__
        return Route(path, serve, methods=[method], name=name)

    return decorate


def answer(body: Mapping[str, Any], *, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(body), status, media_type="application/json; charset=utf-8")


def refusal(problem: errors.Problem) -> Response:
    """A refusal as problem+json, or with an empty body where X sends none."""
    content = b"" if problem.body is None else msgspec.json.encode(problem.body)
    return Response(content, problem.status, problem.headers, media_type="application/problem+json")


def read_id(text: Any, *, parameter: str) -> int:
    """The number of an id that came as a string. Raises errors.Problem (400) for anything else."""
    if not isinstance(text, str) or not _ID.fullmatch(text) or int(text) >= 2**63:
        raise errors.invalid(f"The `{parameter}` query parameter value [{text}] is not valid", **{parameter: str(text)})
    return int(text)


async def read_body(call: Call, *, allowed: Collection[str]) -> dict[str, Any]:
    """The JSON object of a request. Raises errors.Problem (400) for none, or for keys that X does not know."""
    try:
        body = msgspec.json.decode(await call.request.body())
    except msgspec.DecodeError as error:
        raise errors.invalid("Request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise errors.invalid("Request body is not a JSON object.")
    check_keys(body, allowed)
    return body


def check_keys(body: Mapping[str, Any], allowed: Collection[str], *, at: str = "$") -> None:
    """Refuse an object with keys that X's schema does not have."""
    for key in body:
        if key not in allowed:
            raise errors.invalid(
                f"{at}.{key}: is not defined in the schema and the schema does not allow additional properties"
            )


async def _admit(
    request: Request, name: str, *, accepts: tuple[Kind, ...], scopes: tuple[str, ...], headers: dict[str, str]
) -> Call:
    local_x: LocalX = request.app.state.local_x
    caller = await auth.identify(local_x, request)
    auth.admit(caller, accepts=accepts, scopes=scopes)
    now_ms = local_x.clock.now_ms()
    headers.update(
        limits.take(local_x.windows, name, app_id=caller.app["id"], person_id=caller.person_id, now_ms=now_ms)
    )
    return Call(request, local_x, caller, now_ms)


def _check_query(query: Mapping[str, str], known: frozenset[str]) -> None:
    for name, value in query.items():
        if name not in known:
            listed = ",".join(sorted(known))
            raise errors.invalid(f"The query parameter [{name}] is not one of [{listed}]", **{name: value})
