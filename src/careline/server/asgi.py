"""One ASGI app for the one server process: two raw edges for what is hot, Django through a2wsgi for the rest.

Django under ASGI would cost a thread an open stream and most of its speed (docs/adr/0001); the edges know no Django.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Front:
    """Sends each request to the part that answers it: `edge` takes webhooks, `live` streams, `pages` is Django."""

    edge: AsgiApp
    live: AsgiApp
    pages: AsgiApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the server is started without lifespan and websockets."""
        path = scope["path"]
        if path.startswith("/in/"):
            await self.edge(scope, receive, send)
        elif path == "/live":
            await self.live(scope, receive, send)
        elif path == "/healthz":
            await _alive(send)
        else:
            await self.pages(scope, _as_coroutines(receive), _as_coroutines(send))


def _as_coroutines(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Granian hands out awaitables; a2wsgi hands them to the loop from another thread, which takes coroutines only."""

    async def called(*arguments: Any) -> Any:
        return await call(*arguments)

    return called


async def _alive(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n"})
