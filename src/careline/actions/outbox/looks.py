"""What looking at the network showed, and what may be concluded from it (law 2).

Absence is only evidence when a whole look, late enough and often enough, has shown nothing. Even then it frees a
message to be sent again only where the network itself had answered that it failed; a silence is a person's matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, writing
from careline.actions.outbox import policy
from careline.actions.outbox.ending import sent
from careline.actions.outbox.held import Lease
from careline.actions.outbox.rows import locked, move, trail
from careline.actions.outbox.settle import THROTTLED, wait
from careline.actions.outbox.trail import Trail
from careline.channels.base import Problem, Shown, Throttled
from careline.domain.words import DeliveryState
from careline.store.models import Delivery

#: As many of the candidates as a person can look through.
_SHOWN = 10


def looked(desk: Desk, lease: Lease, *, ours: Shown | None, shown: Sequence[Shown], complete: bool) -> bool:
    """Write what a look showed: `ours`, if one of `shown` is the message. `complete`: the whole span was seen.

    Returns True when the holder of a lease to send may go on to `begin`: nothing of ours is there.
    """
    with writing(desk, Actor(lease.workspace_id)) as journal:
        delivery = _held(lease)
        if delivery is None:
            return False
        if ours is not None:
            sent(journal, delivery, network_id=ours.network_id, at_ms=ours.created_ms)
            return False
        if not lease.look:
            if complete or lease.word:
                return True
            _later(journal, delivery, at_ms=None, detail="")
            return False
        known = trail(delivery)
        known = replace(known, covered=known.covered + complete, shown=tuple(shown[-_SHOWN:]))
        _conclude(journal, delivery, known)
    return False


def look_failed(desk: Desk, lease: Lease, trouble: Throttled | Problem) -> bool:
    """Write that looking itself did not work. Returns True when a person's word lets the holder `begin` anyhow."""
    with writing(desk, Actor(lease.workspace_id)) as journal:
        delivery = _held(lease)
        if delivery is None:
            return False
        until_ms = trouble.until_ms if isinstance(trouble, Throttled) else None
        if lease.look:
            _look_again(journal, delivery, trail(delivery), at_ms=until_ms, detail=trouble.detail)
        elif lease.word and until_ms is None:
            return True
        else:
            _later(journal, delivery, at_ms=until_ms, detail=trouble.detail)
    return False


def _held(lease: Lease) -> Delivery | None:
    """The row, if `lease` is still good for it and nothing else (an echo, a person) has settled it."""
    state = DeliveryState.UNKNOWN if lease.look else DeliveryState.LEASED
    return locked(lease.workspace_id, pk=lease.delivery_id, state=state, lease_by=lease.worker, attempts=lease.attempt)


def _conclude(journal: Journal, delivery: Delivery, known: Trail) -> None:
    if not policy.settled(covered=known.covered, doubt_ms=known.doubt_ms, now_ms=journal.now_ms):
        _look_again(journal, delivery, known, at_ms=None, detail=delivery.detail)
    elif known.answered:
        until_ms = journal.now_ms + policy.back_off(delivery.attempts)
        wait(journal, delivery, until_ms=until_ms, reason="server_error", detail=delivery.detail)
    else:
        move(journal, delivery, DeliveryState.STUCK, reason="no_answer", evidence=known.as_json())


def _look_again(journal: Journal, delivery: Delivery, known: Trail, *, at_ms: int | None, detail: str) -> None:
    """Look later, or ask a person once nothing has come of looking for too long."""
    looks = delivery.looks + 1
    at_ms = at_ms or journal.now_ms + policy.look_after(looks)
    if policy.blind(doubt_ms=known.doubt_ms, at_ms=at_ms):
        values = {"reason": "cannot_look", "detail": detail}
        move(journal, delivery, DeliveryState.STUCK, looks=looks, evidence=known.as_json(), **values)
        return
    move(
        journal,
        delivery,
        DeliveryState.UNKNOWN,
        not_before_ms=at_ms,
        looks=looks,
        reason=delivery.reason,
        detail=detail,
        evidence=known.as_json(),
    )


def _later(journal: Journal, delivery: Delivery, *, at_ms: int | None, detail: str) -> None:
    """An earlier attempt may be at the network, and one cannot see: not yet."""
    until_ms = at_ms or journal.now_ms + policy.back_off(delivery.attempts)
    wait(journal, delivery, until_ms=until_ms, reason=THROTTLED if at_ms else "cannot_look", detail=detail)
