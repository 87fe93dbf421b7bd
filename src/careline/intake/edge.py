"""The webhook's door, as raw ASGI: verify, append, acknowledge (law 1).

No framework and no Django stands before it: measured on one core, a framework's routing costs more than signature
and commit together. A 200 is sent after the commit and never before; everything that is not taken gets a status
that says why and is counted. X asks for an answer within 10 s (docs.x.com, webhooks quickstart); logs name apps and
outcomes, never bodies or people.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import structlog

from careline.channels.base import Channel
from careline.intake.apps import AppCache, FindApp, IntakeApp
from careline.intake.committer import Committer, QueueFull
from careline.intake.counts import Counts, worth_a_line
from careline.ports.clock import Clock
from careline.ports.event_log import LogUnavailable, RawEvent

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

#: The largest body taken. X's largest documented event is some 6 kB; one with every expansion stays far below this.
MAX_BODY = 1_048_576
_ANSWER_WITHIN_S = 8.0
_RETRY_AFTER_S = b"5"
_MAX_QUERY = 1024
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, and under which name to count it."""

    status: int
    outcome: str
    body: bytes = b""
    app_id: int = 0


class _Refuse(Exception):
    def __init__(self, status: int, outcome: str) -> None:
        self.answer = Answer(status, outcome)


@dataclass(frozen=True, slots=True)
class _Edge:
    apps: AppCache
    channels: Mapping[str, Channel]
    committer: Committer
    clock: Clock
    counts: Counts
    max_body: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other kinds of scope (lifespan, websocket) are not for this app."""
        if scope["type"] != "http":
            return
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await self._answer(scope, receive)
        except _Refuse as refusal:
            answer = refusal.answer
        except TimeoutError:
            answer = Answer(503, "too_slow")
        except Exception:
            _log.exception("edge_failed")
            answer = Answer(500, "error")
        self._count(answer)
        await _send(send, answer)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        app, channel = await self._addressee(scope["path"])
        if scope["method"] == "POST":
            return await self._take(app, channel, scope, receive)
        if scope["method"] == "GET":
            return _challenged(app, channel, scope["query_string"])
        raise _Refuse(405, "wrong_method")

    async def _addressee(self, path: str) -> tuple[IntakeApp, Channel]:
        network, _, digits = path.removeprefix("/in/").partition("/")
        if network not in self.channels or not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
            raise _Refuse(404, "unknown_app")
        app = self.apps.known(int(digits)) or await self._look_up(int(digits))
        if app is None or app.network != network:
            raise _Refuse(404, "unknown_app")
        return app, self.channels[network]

    async def _look_up(self, app_id: int) -> IntakeApp | None:
        try:
            return await self.apps.get(app_id)
        except Exception as error:
            raise _Refuse(503, "desk_away") from error

    async def _take(self, app: IntakeApp, channel: Channel, scope: Scope, receive: Receive) -> Answer:
        if self.committer.full():
            raise _Refuse(503, "queue_full")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        _check_headers(headers, self.max_body)
        body = await _read(receive, self.max_body)
        if not channel.verify(body, headers, app.consumer_secret):
            raise _Refuse(401, "forged")
        # A challenge is signed with the same key as an event (x-platform 4.1), and a challenge never is an object.
        if body.lstrip()[:1] != b"{":
            raise _Refuse(400, "malformed")
        await self._keep(app, body)
        return Answer(200, "accepted", app_id=app.id)

    async def _keep(self, app: IntakeApp, body: bytes) -> None:
        event = RawEvent(app.workspace_id, app.id, app.network, "webhook", self.clock.now_ms(), body)
        try:
            await self.committer.commit(event)
        except QueueFull as error:
            raise _Refuse(503, "queue_full") from error
        except LogUnavailable as error:
            raise _Refuse(503, "commit_failed") from error

    def _count(self, answer: Answer) -> None:
        count = self.counts.add(answer.outcome)
        if answer.status >= 400 and worth_a_line(count):
            _log.warning("refused", outcome=answer.outcome, status=answer.status, count=count)


_log = structlog.get_logger("careline.intake.edge")


def make_app(
    *,
    find_app: FindApp,
    channels: Mapping[str, Channel],
    committer: Committer,
    clock: Clock,
    counts: Counts,
    max_body: int = MAX_BODY,
) -> AsgiApp:
    """The ASGI app that answers at `/in/{network}/{app_id}` (the full path, wherever it is mounted).

    `find_app` may block (it runs in a thread) and may raise; `channels`: by network name; `counts`: outcomes
    "accepted", "challenge", "forged", "unknown_app", "wrong_method", "wrong_type", "too_large", "malformed", "cut",
    "bad_challenge", "queue_full", "commit_failed", "desk_away", "too_slow", "error".
    """
    return _Edge(AppCache(find_app), channels, committer, clock, counts, max_body)


def _challenged(app: IntakeApp, channel: Channel, query: bytes) -> Answer:
    pairs = parse_qsl(query[:_MAX_QUERY].decode("latin-1"), keep_blank_values=True)
    if len(query) > _MAX_QUERY or len({name for name, _ in pairs}) < len(pairs):
        raise _Refuse(400, "bad_challenge")
    body = channel.handshake(dict(pairs), app.consumer_secret)
    if body is None:
        raise _Refuse(400, "bad_challenge")
    return Answer(200, "challenge", body, app.id)


def _check_headers(headers: Mapping[str, str], max_body: int) -> None:
    kind = headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != _JSON or "content-encoding" in headers:
        raise _Refuse(415, "wrong_type")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise _Refuse(400, "malformed")
    if int(length) > max_body:
        raise _Refuse(413, "too_large")


async def _read(receive: Receive, max_body: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > max_body:
            break
    if message["type"] == "http.disconnect":
        raise _Refuse(400, "cut")
    if len(body) > max_body:
        raise _Refuse(413, "too_large")
    return body


async def _send(send: Send, answer: Answer) -> None:
    headers = [(b"content-type", _JSON.encode()), (b"content-length", str(len(answer.body)).encode())]
    if answer.status == 503:
        headers.append((b"retry-after", _RETRY_AFTER_S))
    if answer.status == 405:
        headers.append((b"allow", b"GET, POST"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
