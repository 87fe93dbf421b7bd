"""What an attempt came to, and what that means for everything that waits behind it (law 2)."""

from __future__ import annotations

from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, writing
from careline.actions.outbox import policy
from careline.actions.outbox.ending import fail, sent
from careline.actions.outbox.held import Lease
from careline.actions.outbox.rows import locked, move, on_the_way, show, trail
from careline.actions.reaching import learn
from careline.channels.base import Outcome, Refused, Sent, Throttled, Unknown
from careline.domain.words import DeliveryState
from careline.store.models import Delivery, RateWindow
from careline.store.scoped import scoped

THROTTLED = "throttled"
#: States in which the answer to the last attempt is still of use, though its worker may have come late with it.
_OPEN = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.STUCK)


def settle(desk: Desk, lease: Lease, outcome: Outcome) -> None:
    """Write what came of the attempt that `lease` began. Does nothing once something else has settled it.

    An answer that comes after the lease ran out still counts: it is the network's own word.
    """
    with writing(desk, Actor(lease.workspace_id)) as journal:
        delivery = locked(lease.workspace_id, pk=lease.delivery_id, state__in=_OPEN, attempts=lease.attempt + 1)
        if delivery is None or (isinstance(outcome, Unknown) and delivery.state != DeliveryState.SENDING):
            return
        learn(journal, delivery, outcome)
        match outcome:
            case Sent(network_id):
                sent(journal, delivery, network_id=network_id, at_ms=journal.now_ms)
            case Throttled(until_ms, detail):
                wait(journal, delivery, until_ms=until_ms, reason=THROTTLED, detail=detail)
                _hold_siblings(journal, delivery, until_ms)
            case Refused(reason="duplicate", detail=detail) if trail(delivery).since_ms is not None:
                # "You have said that already", about a message whose earlier attempt nobody answered for: find it.
                doubt(journal, delivery, answered=False, detail=detail)
            case Refused(permanent=True, reason=reason, detail=detail):
                fail(journal, delivery, reason=reason, detail=detail)
            case Refused(reason=reason, detail=detail):
                until_ms = journal.now_ms + policy.back_off(delivery.attempts)
                wait(journal, delivery, until_ms=until_ms, reason=reason, detail=detail)
            case Unknown(detail, answered):
                doubt(journal, delivery, answered=answered, detail=detail)


def wait(journal: Journal, delivery: Delivery, *, until_ms: int, reason: str, detail: str) -> None:
    """The network did not take it; queue it again for `until_ms`, or give it up after a day."""
    known = trail(delivery)
    from_ms = known.from_ms or delivery.message.created_ms
    if policy.too_late(from_ms=from_ms, now_ms=journal.now_ms):
        fail(journal, delivery, reason=reason, detail=detail)
        return
    move(
        journal,
        delivery,
        DeliveryState.QUEUED,
        not_before_ms=until_ms,
        reason=reason,
        detail=detail,
        # A row says that it has begun for as long as some attempt of it may be at the network.
        begun_ms=None if known.since_ms is None else delivery.begun_ms,
        evidence=known.kept().as_json(),
    )


def doubt(journal: Journal, delivery: Delivery, *, answered: bool, detail: str) -> None:
    """Nobody knows whether the network has it: look, before anything else."""
    known = trail(delivery)
    fresh = type(known)(
        since_ms=known.since_ms or delivery.begun_ms,
        doubt_ms=journal.now_ms,
        answered=answered,
        from_ms=known.from_ms,
    )
    move(
        journal,
        delivery,
        DeliveryState.UNKNOWN,
        not_before_ms=journal.now_ms + policy.look_after(0),
        looks=0,
        reason="server_error" if answered else "no_answer",
        detail=detail,
        evidence=fresh.as_json(),
    )


def _hold_siblings(journal: Journal, delivery: Delivery, until_ms: int) -> None:
    """Everything that would run into the same closed window waits with it, and says so."""
    waiting = on_the_way(delivery.workspace_id).filter(
        state=DeliveryState.QUEUED, message__kind=delivery.message.kind, not_before_ms__lt=until_ms
    )
    if _whole_app(delivery, until_ms):
        waiting = waiting.filter(account__app=delivery.account.app_id)
    else:
        waiting = waiting.filter(account=delivery.account_id)
    for row in waiting.exclude(pk=delivery.pk).select_related("message"):
        scoped(Delivery, row.workspace_id).filter(pk=row.pk, state=DeliveryState.QUEUED).update(
            not_before_ms=until_ms, reason=THROTTLED, detail=""
        )
        show(journal, row)


def _whole_app(delivery: Delivery, until_ms: int) -> bool:
    """Whether it is the app's window that is closed until then, for all of its accounts, and not this account's own."""
    windows = scoped(RateWindow, delivery.workspace_id).filter(remaining=0, reset_ms=until_ms)
    return windows.filter(owner=f"app:{delivery.account.app_id}").exists()
