"""The delivery office: follows what happens and hands each event to whom it is for.

One task reads happenings in order. What was late, doubled, dropped or put out of order on the way is the doing
of a fault that somebody asked for; without one, every subscriber is told once, as fast as it listens. The
office starts at the end of the list: what a killed sandbox had not delivered stays undelivered, as after an
outage of X, and is what backfill, replays and X's own lists are for.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from careline_sandbox import faults, waiting
from careline_sandbox.clock import Clock
from careline_sandbox.deliver import events, outbox, registry, streams
from careline_sandbox.deliver.outbox import Outbox
from careline_sandbox.deliver.registry import Subscription
from careline_sandbox.deliver.streams import Stream
from careline_sandbox.world import World, apps, happenings, schema
from careline_sandbox.world.happenings import Happening

# Small batches: the office shares the event loop with every request.
_BATCH = 25
_AGAIN_S = 1.0
_log = logging.getLogger("careline_sandbox.deliver")


@dataclass(slots=True, eq=False)
class Office:
    """All state of delivery. Make it with ``open_office``; ``start`` and ``stop`` frame the process's life."""

    world: World
    clock: Clock
    book: faults.FaultBook
    seed: int
    beyond_loopback: bool
    cursor: int
    subscribers: dict[events.Topic, list[Subscription]] = field(default_factory=dict)
    outboxes: dict[int, Outbox] = field(default_factory=dict)
    open_streams: list[Stream] = field(default_factory=list)
    unheard: int = 0
    replaying: set[int] = field(default_factory=set)
    errands: set[asyncio.Task[None]] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    undo: Callable[[], None] | None = None
    task: asyncio.Task[None] | None = None


def open_office(
    world: World, clock: Clock, *, book: faults.FaultBook, seed: int = 0, beyond_loopback: bool = False
) -> Office:
    """An office over this world, its tables made and its subscriptions read, not yet at work."""
    with world.read() as connection:
        registry.prepare(connection)
        cursor = schema.last_seq(connection)
    office = Office(world, clock, book, seed, beyond_loopback, cursor)
    refresh(office)
    return office


async def start(office: Office) -> None:
    """Begin to follow the world, on the running event loop."""
    loop = asyncio.get_running_loop()

    def heard(seq: int) -> None:
        loop.call_soon_threadsafe(office.wake.set)

    office.undo = office.world.subscribe(heard)
    office.task = asyncio.create_task(_follow(office))


async def stop(office: Office) -> None:
    """Stop following, end every stream and give up what is on its way."""
    if office.undo:
        office.undo()
    tasks = [task for task in (office.task, *office.errands) if task]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for stream in office.open_streams:
        streams.disconnect(stream)
    for box in office.outboxes.values():
        await outbox.close(box)


def refresh(office: Office) -> None:
    """Read webhooks and subscriptions anew, after one was made, changed or removed."""
    with office.world.read() as connection:
        wanted = registry.subscriptions(connection)
        hooks = {hook.id: hook for hook in registry.webhooks(connection)}
        secrets = {app["id"]: app["consumer_secret"] for app in apps.everything(connection)}
    by_topic: dict[events.Topic, list[Subscription]] = defaultdict(list)
    for subscription in wanted:
        if subscription.user_id is not None:
            by_topic[subscription.event_type, subscription.user_id].append(subscription)
    office.subscribers = dict(by_topic)
    for hook in hooks.values():
        box = office.outboxes.setdefault(hook.id, Outbox(hook.url, secrets[hook.app_id], office.clock))
        box.open = hook.valid
    for hook_id in office.outboxes.keys() - hooks.keys():
        errand(office, outbox.close(office.outboxes.pop(hook_id)))


def errand(office: Office, work: Coroutine[Any, Any, None]) -> None:
    """Let something go on by itself until it is done or the office stops."""
    task = asyncio.get_running_loop().create_task(work)
    office.errands.add(task)
    task.add_done_callback(office.errands.discard)


def letters(office: Office, users: events.Users, happening: Happening) -> Iterator[tuple[Subscription, bytes]]:
    """Every event that the happening makes for someone who subscribed, with whom it is for, rendered."""
    for topic in events.topics(users.connection, happening):
        wanted = office.subscribers.get(topic, ())
        told = events.content(users, happening, topic[0]) if wanted else None
        for subscription in wanted:
            assert told is not None
            yield subscription, events.envelope(subscription, happening, told, seed=office.seed)


async def _follow(office: Office) -> None:
    while True:
        office.wake.clear()
        try:
            more = _step(office)
        except sqlite3.Error:
            _log.exception("the state cannot be read; deliveries go on when it can")
            await asyncio.sleep(_AGAIN_S)
            continue
        if more:
            await asyncio.sleep(0)
        else:
            await office.wake.wait()


def _step(office: Office) -> bool:
    """Deal with the next few happenings; False if there were none."""
    with office.world.read() as connection:
        batch = happenings.after(connection, office.cursor, _BATCH)
        users = events.Users(connection)
        for happening in batch:
            office.cursor = happening.seq
            if happening.visible_at_ms > office.clock.now_ms():
                errand(office, _tell_later(office, happening))
            else:
                _tell(office, users, happening)
    return bool(batch)


async def _tell_later(office: Office, happening: Happening) -> None:
    await waiting.until(office.clock, happening.visible_at_ms)
    with office.world.read() as connection:
        _tell(office, events.Users(connection), happening)


def _tell(office: Office, users: events.Users, happening: Happening) -> None:
    """Hand one happening to everyone it is for. One that cannot be rendered must not silence the rest."""
    try:
        mail = list(letters(office, users, happening))
    except Exception:
        _log.exception("happening %d (%s) cannot be told", happening.seq, happening.kind)
        return
    office.unheard += not mail
    for subscription, body in mail:
        _to_webhook(office, subscription, body)
        for stream in [open_ for open_ in office.open_streams if open_.app_id == subscription.app_id]:
            _to_stream(office, stream, subscription, body)


def _to_webhook(office: Office, subscription: Subscription, body: bytes) -> None:
    box = office.outboxes.get(subscription.webhook_id or 0)
    if box is not None:
        plan = faults.delivery_plan(office.book, "delivery", subscription.event_type)
        for _ in range(plan.copies):
            outbox.post(box, body, delay_s=plan.delay_s, behind=plan.behind)


def _to_stream(office: Office, stream: Stream, subscription: Subscription, body: bytes) -> None:
    plan = faults.delivery_plan(office.book, "stream", subscription.event_type)
    if plan.disconnect:
        streams.disconnect(stream)
        return
    for _ in range(plan.copies):
        if plan.delay_s:
            errand(office, _tell_stream_later(office, stream, body, plan.delay_s))
        else:
            streams.tell(stream, body, behind=plan.behind)


async def _tell_stream_later(office: Office, stream: Stream, body: bytes, delay_s: float) -> None:
    await waiting.until(office.clock, office.clock.now_ms() + delay_s * 1000)
    streams.tell(stream, body)
