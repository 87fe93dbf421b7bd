"""One piece of work from beginning to end: look, or (look and then) send, and write down what came of it (law 2).

Nothing here decides: the channel says what an answer means, `actions.outbox` what follows from it. What this keeps
is the order: the line "it begins" is on disk before the call, and an answer that cannot be written down is an answer
that nobody had, which the next look finds again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

import structlog
from django.db import DatabaseError, close_old_connections, connection

from careline.actions import outbox
from careline.actions.context import Desk
from careline.actions.outbox import Lease
from careline.channels.base import Channel, LookedUp, Outbound, Outcome, Problem, Refused, Steps, Unknown
from careline.delivery import matching
from careline.delivery.targets import outbound
from careline.store.models import Account, Delivery
from careline.store.scoped import scoped

log = structlog.get_logger(__name__)

T = TypeVar("T")
#: How often an answer is tried to be written down; a deadlock or a row made by intake meanwhile ends at once.
_TRIES = 5


class Perform(Protocol):
    """Runs a channel's steps for an account over the network; raises nothing for what the network does."""

    def __call__(self, account: Account, steps: Steps[T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Post:
    """What delivery is given: the desk, the channels by network, and who performs their steps."""

    desk: Desk
    channels: Mapping[str, Channel]
    perform: Perform


def work(post: Post, lease: Lease) -> None:
    """Do what `lease` is for. Raises DatabaseError when the database is away: the lease then runs out by itself."""
    delivery = (
        scoped(Delivery, lease.workspace_id)
        .select_related("message", "account", "account__app", "identity")
        .get(pk=lease.delivery_id)
    )
    try:
        message = outbound(delivery)
    except ValueError as error:
        if _written(partial(outbox.begin, post.desk, lease)):
            refused = Refused(permanent=True, reason="nothing_to_answer", detail=str(error))
            _written(partial(outbox.settle, post.desk, lease, refused))
        return
    if lease.since_ms is not None and not _look(post, lease, delivery, message):
        return
    if not lease.look and _written(partial(outbox.begin, post.desk, lease)):
        outcome = _send(post, delivery, message)
        _written(partial(outbox.settle, post.desk, lease, outcome))


def _send(post: Post, delivery: Delivery, message: Outbound) -> Outcome:
    channel = post.channels[delivery.account.network]
    try:
        return post.perform(delivery.account, channel.send(message, post.desk.clock.now_ms()))
    except Exception as error:
        # Whatever went wrong in here, the request may have left.
        log.exception("delivery.broke", delivery=delivery.pk)
        return Unknown(detail=f"Careline itself failed: {type(error).__name__}")


def _look(post: Post, lease: Lease, delivery: Delivery, message: Outbound) -> bool:
    """Look, and write down what was seen. True: there is nothing of ours there, and the lease is one to send."""
    assert lease.since_ms is not None
    channel = post.channels[delivery.account.network]
    try:
        found = post.perform(delivery.account, channel.look_up(message, lease.since_ms, post.desk.clock.now_ms()))
    except Exception as error:
        log.exception("delivery.look_broke", delivery=delivery.pk)
        found = Problem(reason="broke", detail=f"Careline itself failed: {type(error).__name__}")
    if not isinstance(found, LookedUp):
        return _written(partial(outbox.look_failed, post.desk, lease, found))
    ours = matching.ours(
        message.text,
        found.candidates,
        since_ms=lease.since_ms,
        is_taken=partial(outbox.is_taken, delivery.message),
    )
    return _written(
        partial(outbox.looked, post.desk, lease, ours=ours, shown=found.candidates, complete=found.complete)
    )


def _written(write: Callable[[], T]) -> T:
    """Run `write`, again after a deadlock or a conflict with what intake is writing. Raises the last DatabaseError."""
    for left in reversed(range(_TRIES)):
        try:
            return write()
        except DatabaseError:
            if not left:
                raise
            if not connection.is_usable():
                close_old_connections()
    raise AssertionError
