"""Telling again what has happened: backfill of a stream, and replay jobs of a webhook (x-platform 4.1, 4.4).

Only what a subscription would have been told at the time: nothing from before it was made, nothing that has
become invisible since. Events told again carry the ids that they had the first time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from careline_sandbox.deliver import events, outbox
from careline_sandbox.deliver.office import Office, letters
from careline_sandbox.deliver.registry import Subscription, Webhook
from careline_sandbox.world import happenings
from careline_sandbox.world.happenings import Happening

_BATCH = 25


async def again(
    office: Office,
    *,
    from_ms: int,
    to_ms: int,
    to_seq: int,
    keep: Callable[[Subscription], bool],
) -> AsyncIterator[bytes]:
    """Events of ``from_ms`` to ``to_ms`` (both inclusive), up to happening ``to_seq``, for the ``keep`` ones."""
    with office.world.read() as connection:
        seq = happenings.first_since(connection, from_ms)
    while seq < to_seq:
        seq, bodies = _bodies(office, seq, to_seq, from_ms=from_ms, to_ms=to_ms, keep=keep)
        for body in bodies:
            yield body
        await asyncio.sleep(0)


def _bodies(
    office: Office, seq: int, to_seq: int, *, from_ms: int, to_ms: int, keep: Callable[[Subscription], bool]
) -> tuple[int, list[bytes]]:
    """(the last seq looked at, events of the next few happenings); all seen at ``to_seq`` if none are left."""
    bodies: list[bytes] = []
    with office.world.read() as connection:
        batch = [row for row in happenings.after(connection, seq, _BATCH) if row.seq <= to_seq]
        users = events.Users(connection)
        for happening in batch:
            if from_ms <= happening.at_ms <= to_ms and happening.visible_at_ms <= office.clock.now_ms():
                bodies += _wanted(office, users, happening, keep)
    return (batch[-1].seq if batch else to_seq), bodies


def _wanted(
    office: Office, users: events.Users, happening: Happening, keep: Callable[[Subscription], bool]
) -> list[bytes]:
    mail = letters(office, users, happening)
    return [body for who, body in mail if who.created_at_ms <= happening.at_ms and keep(who)]


async def replay(office: Office, webhook: Webhook, *, job_id: int, from_ms: int, to_ms: int) -> None:
    """Send a webhook again what it was due in that time, then X's notice that the job is done."""
    try:
        box = office.outboxes[webhook.id]
        mail = again(
            office,
            from_ms=from_ms,
            to_ms=to_ms,
            to_seq=office.cursor,
            keep=lambda subscription: subscription.webhook_id == webhook.id,
        )
        async for body in mail:
            outbox.post(box, body)
        outbox.post(box, events.replay_notice(webhook.id, job_id))
    finally:
        office.replaying.discard(webhook.id)
