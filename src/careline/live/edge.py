"""`/live`: one stream of server-sent events per browser; raw ASGI, no Django and no database in it.

The contract with the pages:

- `GET /live?ticket=T&after=N`. T is what `Tickets.issue` made less than a minute ago; N is the workspace's
  change counter read *before* what the page shows (`store.queries.inbox.latest_change`), so that nothing falls between
  rendering and connecting. A `Last-Event-ID` header, which browsers send when they reconnect, wins over `after`.
- `event: change`, `id: seq`, data `{"seq": 7, "what": "conversation"|"message"|"gone"|"health",
  "conversation_id": "..."|null, "message_id": "..."|null}`. Ids are strings. It says what changed, never how.
- `event: resync`, data `{"seq": N}`: fetch everything on the screen anew.
- `event: presence`, without an id, data `{"conversation_id": "..."}`: who is reading or writing there has changed. Who
  it is, a page asks Django for: names are a member's matter, and what expires by itself is told with its time.
- 401: no good ticket, fetch a new one. 503: too many streams here, come back later. The server ends a stream after ten
  minutes; the next ticket then asks session and membership again.
- `inbox/static/inbox/live.js` speaks this for all tabs of a browser over one stream: `start({stream, ticket, name,
  seq})`, `onChange(fn)`, `onPresence(fn)`, `onState(fn)`. `ticket` is the address that answers a signed-in member with
  JSON `{"ticket": "..."}` and anybody else with a redirect, 401, 403 or 404.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from careline.live import frames
from careline.live.hub import Browser, Hub
from careline.live.tail import Tail
from careline.live.tickets import BadTicket, Tickets
from careline.ports.live import Changes

EVERY_S = 0.25
BEAT_S = 15.0
LIFETIME_S = 600.0
FAREWELL_S = 1.0
#: One process holds a thousand streams in about 30 MB; this keeps a flood from taking the machine.
MAX_STREAMS = 5000

_Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[_Message]]
Send = Callable[[_Message], Awaitable[None]]

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class LiveEdge:
    """The ASGI app for `/live`. `start` it with the process, `stop` it before the server waits for open streams."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        changes: Changes,
        every_s: float = EVERY_S,
        beat_s: float = BEAT_S,
        lifetime_s: float = LIFETIME_S,
    ) -> None:
        self._tickets = tickets
        self._tail = Tail(Hub(), changes, every_s=every_s)
        self._beat_s = beat_s
        self._lifetime_s = lifetime_s
        self._streams: set[Browser] = set()

    def start(self) -> None:
        """Begin to follow the table of changes."""
        self._tail.start()

    def stop(self) -> None:
        """End every stream; browsers come back to whoever answers next."""
        self._tail.stop()

    def poke(self, workspace_id: int) -> None:
        """Something changed: look now. From any thread; to be called by whoever hears the writers' pokes."""
        self._tail.poke(workspace_id)

    def presence(self, workspace_id: int, conversation_id: int) -> None:
        """Who is at a conversation has changed. From any thread."""
        self._tail.tell(workspace_id, frames.presence(conversation_id))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request. Scope `path` is `/live` already."""
        if scope["method"] != "GET":
            await _refuse(send, 405, b"Only GET.")
            return
        if len(self._streams) >= MAX_STREAMS:
            await _refuse(send, 503, b"Too many streams.")
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            ticket = self._tickets.read(query.get("ticket", [""])[0])
        except BadTicket:
            await _refuse(send, 401, b"Fetch a new ticket.")
            return
        browser = Browser(ticket.workspace_id, _after(scope, query))
        await self._stream(browser, receive, send)

    async def _stream(self, browser: Browser, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        self._streams.add(browser)
        self._tail.join(browser)
        jobs = [
            asyncio.ensure_future(job) for job in (self._write(browser, send), _gone(receive), browser.closed.wait())
        ]
        try:
            await asyncio.wait(jobs, timeout=self._lifetime_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            browser.close()
            self._tail.leave(browser)
            self._streams.discard(browser)
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
        # Somebody who has stopped reading will not take the last chunk either; the server then cuts the line.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(send({"type": "http.response.body", "body": b"", "more_body": False}), FAREWELL_S)

    async def _write(self, browser: Browser, send: Send) -> None:
        body = frames.WELCOME
        while True:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body = frames.BEAT
            with contextlib.suppress(TimeoutError):
                body = await asyncio.wait_for(browser.take(), self._beat_s)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": False})


def _after(scope: MutableMapping[str, Any], query: dict[str, list[str]]) -> int | None:
    """Where the browser stands: what it says on reconnecting, else what the page said; neither: from now on."""
    said = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"last-event-id"]
    for text in [*said, *query.get("after", [])]:
        if text.isascii() and text.isdecimal() and len(text) < 19:
            return int(text)
    return None
