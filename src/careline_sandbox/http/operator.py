"""How the sandbox's own control paths are answered: JSON in, JSON out, and only to this machine.

They make people and tokens, so nobody else may reach them: the peer has to be a loopback address, the Host a
loopback name (a web page elsewhere could otherwise rebind its name to this machine) and an Origin, if there is
one, this very server. To everybody else the paths do not exist.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from careline_sandbox.local_x import LocalX
from careline_sandbox.wire import errors
from careline_sandbox.world.people import NameTaken

PREFIX = "/_sandbox"


@dataclass(frozen=True, slots=True)
class Order:
    """One control request: the parts of the local X, and the JSON object that came (empty for none)."""

    request: Request
    local_x: LocalX
    body: dict[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        """A string of the body. Raises ValueError where it is missing or something else."""
        value = self.body.get(name, default)
        if not isinstance(value, str):
            raise ValueError(f"{name} is missing or not a text")
        return value

    def number(self, name: str) -> int:
        """An id or whole number of the body, given as number or digits. Raises ValueError otherwise."""
        value = self.body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
            raise ValueError(f"{name} is missing or not a whole number")
        return int(value)


def control(name: str) -> Callable[[Callable[[Order], Awaitable[Any]]], Route]:
    """Make a control route of a function that takes an ``Order`` and returns JSON data or a response.

    ValueError and KeyError become 400, LookupError 404, a taken name 409, X's own refusals what they are; the
    body is ``{"error": "..."}``.
    """
    method, _, path = name.partition(" ")

    def decorate(handler: Callable[[Order], Awaitable[Any]]) -> Route:
        async def serve(request: Request) -> Response:
            try:
                return reply(await handler(await _order(request)))
            except NameTaken as error:
                return reply({"error": str(error)}, status=409)
            except errors.Problem as problem:
                return reply({"error": str(problem.body), "problem": problem.body}, status=problem.status)
            except (ValueError, KeyError) as error:
                return reply({"error": str(error)}, status=400)
            except LookupError as error:
                return reply({"error": str(error)}, status=404)

        serve.__doc__ = handler.__doc__
        return Route(path, serve, methods=[method], name=name)

    return decorate


def reply(data: Any, *, status: int = 200) -> Response:
    """JSON for the operator; a response is passed on as it is."""
    if isinstance(data, Response):
        return data
    return Response(msgspec.json.encode(data), status, media_type="application/json")


async def _order(request: Request) -> Order:
    content = await request.body()
    body = msgspec.json.decode(content) if content else {}
    if not isinstance(body, dict):
        raise ValueError("the body has to be a JSON object")
    return Order(request, request.app.state.local_x, body)


class OnlyThisMachine:
    """Answers control paths, and those that ``also`` names, with an empty 404 unless this machine asks."""

    def __init__(self, app: ASGIApp, *, also: Callable[[Scope], bool] = lambda scope: False) -> None:
        self.app = app
        self.also = also

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or deny that the path exists."""
        guarded = scope["type"] == "http" and (scope["path"].startswith(PREFIX) or self.also(scope))
        if guarded and not _is_local(Request(scope)):
            await Response(status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_local(request: Request) -> bool:
    host = request.headers.get("host", "")
    if not _is_loopback(request.client.host if request.client else "") or not _is_loopback(_name(host)):
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{host}"


def _name(host: str) -> str:
    return host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
