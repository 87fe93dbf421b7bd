"""Sending signed events to one webhook: many lanes, each with one connection that is kept open.

A pool shared by many tasks searches all its requests at every turn; one connection a lane does ten times the
work on one core (3,900 against 400 posts a second to a server that answers at once, 32 at a time), which is
what pushing twenty thousand events at a desk needs. The price is that events may overtake each other, as they
may on X.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from dataclasses import dataclass, field

import httpcore

from careline_sandbox import waiting
from careline_sandbox.clock import Clock
from careline_sandbox.deliver.reorder import Shuffler
from careline_sandbox.deliver.signature import HEADER, sign

LANES = 16
TIMEOUT_S = 10.0
# X documents retries without their times; three within five minutes is what older guides promised.
RETRIES_AFTER_S = (10.0, 60.0, 240.0)
_TIMEOUTS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)}


_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.ConnectionNotAvailable,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One event on its way: the raw body, and how often it has failed."""

    body: bytes
    failures: int = 0


@dataclass(slots=True, eq=False)
class Outbox:
    """Everything on its way to one webhook. The counters tell what became of it."""

    url: str
    consumer_secret: str
    clock: Clock
    open: bool = True
    waiting: asyncio.Queue[Letter] = field(default_factory=asyncio.Queue)
    lanes: list[asyncio.Task[None]] = field(default_factory=list)
    later: set[asyncio.Task[None]] = field(default_factory=set)
    shuffler: Shuffler[Letter] = field(init=False)
    under_way: int = 0
    delivered: int = 0
    retried: int = 0
    dropped: int = 0

    def __post_init__(self) -> None:
        self.shuffler = Shuffler(self.waiting.put_nowait)

    @property
    def unsettled(self) -> int:
        """Events that may still reach the webhook."""
        return self.waiting.qsize() + self.under_way + len(self.later) + len(self.shuffler.waiting)


def post(outbox: Outbox, body: bytes, *, delay_s: float = 0.0, behind: int = 0) -> None:
    """Send one event, after ``delay_s`` by the sandbox's clock and ``behind`` later ones if so asked.

    A webhook that failed its last challenge is sent nothing: the event is dropped and counted.
    """
    if not outbox.open:
        outbox.dropped += 1
        return
    if len(outbox.lanes) < min(LANES, outbox.waiting.qsize() + outbox.under_way + 1):
        outbox.lanes.append(asyncio.create_task(_lane(outbox)))
    if delay_s:
        _later(outbox, Letter(body), delay_s)
    else:
        outbox.shuffler.put(Letter(body), behind=behind)


async def close(outbox: Outbox) -> None:
    """Stop sending; what is on its way is given up."""
    outbox.shuffler.close()
    tasks = [*outbox.lanes, *outbox.later]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    outbox.lanes.clear()


def _later(outbox: Outbox, letter: Letter, delay_s: float) -> None:
    task = asyncio.create_task(_wait_and_send(outbox, letter, outbox.clock.now_ms() + delay_s * 1000))
    outbox.later.add(task)
    task.add_done_callback(outbox.later.discard)


async def _wait_and_send(outbox: Outbox, letter: Letter, at_ms: float) -> None:
    await waiting.until(outbox.clock, at_ms)
    outbox.waiting.put_nowait(letter)


async def _lane(outbox: Outbox) -> None:
    url = httpcore.URL(outbox.url)
    connection = _connection(url)
    try:
        while True:
            letter = await outbox.waiting.get()
            outbox.under_way += 1
            try:
                if connection.is_closed() or connection.has_expired():
                    await connection.aclose()
                    connection = _connection(url)
                sent = await _send(outbox, connection, url, letter)
            finally:
                outbox.under_way -= 1
            if not sent:
                await connection.aclose()
                connection = _connection(url)
            _settle(outbox, letter, sent=sent)
    finally:
        with contextlib.suppress(Exception):
            await connection.aclose()


def _settle(outbox: Outbox, letter: Letter, *, sent: bool) -> None:
    if sent:
        outbox.delivered += 1
    elif letter.failures >= len(RETRIES_AFTER_S):
        outbox.dropped += 1
    else:
        outbox.retried += 1
        after_s = RETRIES_AFTER_S[letter.failures] - ([0.0, *RETRIES_AFTER_S][letter.failures])
        _later(outbox, Letter(letter.body, letter.failures + 1), after_s)


async def _send(outbox: Outbox, connection: httpcore.AsyncHTTPConnection, url: httpcore.URL, letter: Letter) -> bool:
    """Whether the webhook took the event: any 2xx within ten seconds."""
    headers: dict[bytes | str, bytes | str] = {
        "host": _host(url),
        "content-type": "application/json",
        "content-length": str(len(letter.body)),
        "user-agent": "X-Sandbox-Webhooks/1.0",
        HEADER: sign(outbox.consumer_secret, letter.body),
    }
    try:
        async with asyncio.timeout(TIMEOUT_S):
            response = await connection.request("POST", url, headers=headers, content=letter.body, extensions=_TIMEOUTS)
    except _FAILURES:
        return False
    return 200 <= response.status < 300


def _connection(url: httpcore.URL) -> httpcore.AsyncHTTPConnection:
    secure = _tls() if url.scheme == b"https" else None
    return httpcore.AsyncHTTPConnection(url.origin, ssl_context=secure, keepalive_expiry=30.0)


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _host(url: httpcore.URL) -> bytes:
    return url.host if url.port is None else b"%b:%d" % (url.host, url.port)
