"""Sending signed events to one webhook: many lanes, each with one connection that is kept open.

Lanes start as events come in, up to sixteen. Events may therefore overtake each other, as they may on X. What
a webhook does not take is tried again three times within five minutes, then dropped and counted.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from careline_sandbox import waiting
from careline_sandbox.clock import Clock
from careline_sandbox.deliver.line import Broken, Line
from careline_sandbox.deliver.reorder import Shuffler
from careline_sandbox.deliver.signature import HEADER, sign

LANES = 16
TIMEOUT_S = 10.0
# X documents retries without their times; three within five minutes is what older guides promised.
RETRIES_AFTER_S = (10.0, 60.0, 240.0)


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
    line = Line(outbox.url)
    try:
        while True:
            letter = await outbox.waiting.get()
            if not outbox.open:  # it failed a challenge while this waited
                outbox.dropped += 1
                continue
            outbox.under_way += 1
            try:
                sent = await _send(line, letter, outbox.consumer_secret)
            finally:
                outbox.under_way -= 1
            _settle(outbox, letter, sent=sent)
    finally:
        line.close()


async def _send(line: Line, letter: Letter, consumer_secret: str) -> bool:
    """Whether the webhook took the event: any 2xx within ten seconds."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "X-Sandbox-Webhooks/1.0",
        HEADER: sign(consumer_secret, letter.body),
    }
    try:
        return await line.send(letter.body, headers, timeout_s=TIMEOUT_S) < 300
    except Broken:
        return False


def _settle(outbox: Outbox, letter: Letter, *, sent: bool) -> None:
    if sent:
        outbox.delivered += 1
    elif letter.failures >= len(RETRIES_AFTER_S):
        outbox.dropped += 1
    else:
        outbox.retried += 1
        after_s = RETRIES_AFTER_S[letter.failures] - ([0.0, *RETRIES_AFTER_S][letter.failures])
        _later(outbox, Letter(letter.body, letter.failures + 1), after_s)
