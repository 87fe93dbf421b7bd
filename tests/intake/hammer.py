"""Sends prepared requests over many connections as fast as the other side answers, and remembers what was acknowledged.

A plain HTTP/1.1 client of its own, because a comfortable one would be slower than the server that it is to press.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from intake.serving import HEADER, sign


def request(path: str, body: bytes, signature: str | None = None) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nhost: desk.example\r\ncontent-type: application/json\r\n"
        f"{HEADER}: {signature or sign(body)}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Tally:
    """What came of the requests: acknowledged keys, refused ones by status, seconds from write to answer."""

    acknowledged: list[int] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


class _Line(asyncio.Protocol):
    """One connection with one request under way at a time; answers have no body."""

    def __init__(self, work: Iterator[tuple[int, bytes]], tally: Tally, on_answer: Callable[[Tally], None]) -> None:
        self._work, self._tally, self._on_answer = work, tally, on_answer
        self._seen = b""
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        try:
            self._key, prepared = next(self._work)
        except StopIteration:
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(prepared)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if not self._seen.endswith(b"\r\n\r\n"):
            return
        status, self._seen = int(self._seen[9:12]), b""
        self._tally.seconds.append(time.perf_counter() - self._began)
        if status == 200:
            self._tally.acknowledged.append(self._key)
        else:
            self._tally.refused[status] = self._tally.refused.get(status, 0) + 1
        self._on_answer(self._tally)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(exc)


async def hammer(
    port: int,
    work: Iterator[tuple[int, bytes]],
    *,
    connections: int = 64,
    on_answer: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Send `work` until it ends or every connection is lost."""
    tally, loop = Tally(), asyncio.get_running_loop()
    lines = []
    for _ in range(connections):
        try:
            _, line = await loop.create_connection(lambda: _Line(work, tally, on_answer), "127.0.0.1", port)
        except OSError:
            break
        lines.append(line)
    await asyncio.gather(*(line.over for line in lines))
    return tally
