"""Open activity streams: one line of JSON an event, a blank line as a heart-beat (x-platform section 4.4).

A stream has no acknowledgement. A client that reads too slowly is cut off, as X does, and gets what it missed
by asking for backfill or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec

from careline_sandbox.deliver.reorder import Shuffler

HEARTBEAT_S = 20.0
MOST_PER_APP = 2
_LONGEST_QUEUE = 20_000
_NEWLINE = b"\r\n"
_DISCONNECT = msgspec.json.encode(
    {
        "errors": [
            {
                "title": "operational-disconnect",
                "disconnect_type": "UpstreamOperationalDisconnect",
                "detail": "This stream has been disconnected upstream for operational reasons.",
                "type": "https://api.x.com/2/problems/operational-disconnect",
            }
        ]
    }
)


@dataclass(slots=True, eq=False)
class Stream:
    """One open connection of an app."""

    app_id: int
    lines: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_LONGEST_QUEUE))
    shuffler: Shuffler[bytes] = field(init=False)
    sent: int = 0
    cut: bool = False

    def __post_init__(self) -> None:
        self.shuffler = Shuffler(self._push)

    @property
    def unsent(self) -> int:
        """Events that wait for the client to read."""
        return self.lines.qsize() + len(self.shuffler.waiting)

    def _push(self, body: bytes) -> None:
        if self.lines.full():
            disconnect(self)
        elif not self.cut:
            self.lines.put_nowait(body)


def tell(stream: Stream, body: bytes, *, behind: int = 0) -> None:
    """Queue one event for the client."""
    stream.shuffler.put(body, behind=behind)


def disconnect(stream: Stream) -> None:
    """End the stream from our side, with X's notice; what is still queued is lost to the client."""
    stream.cut = True
    while not stream.lines.empty():
        stream.lines.get_nowait()
    stream.lines.put_nowait(None)


def _never() -> bool:
    return False


async def written(
    stream: Stream,
    backlog: AsyncIterator[bytes],
    *,
    heartbeat_s: float = HEARTBEAT_S,
    is_over: Callable[[], bool] = _never,
) -> AsyncIterator[bytes]:
    """What goes over the wire: first the backlog, then events as they come, with a beat in every silence.

    ``is_over`` is asked after the backlog and after every line; the stream ends when it says so.
    """
    yield _NEWLINE  # headers leave with the first bytes: a client learns at once that it is connected
    async for body in backlog:
        stream.sent += 1
        yield body + _NEWLINE
    while not is_over():
        try:
            body_or_end = await asyncio.wait_for(stream.lines.get(), heartbeat_s)
        except TimeoutError:
            yield _NEWLINE
            continue
        if body_or_end is None:
            yield _DISCONNECT + _NEWLINE
            return
        stream.sent += 1
        yield body_or_end + _NEWLINE
