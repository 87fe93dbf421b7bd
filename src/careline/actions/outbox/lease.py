"""Who may work on which delivery, and the line that is written before anything leaves (law 2).

Any number of workers lease at once: a row is taken by a conditional UPDATE, and all rows of one person at one account
are taken one at a time in order of id, so that two identical texts stay distinguishable in what the network shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet

from careline.actions.consent import can_dm
from careline.actions.context import Actor, Desk
from careline.actions.decisions import writing
from careline.actions.outbox import policy
from careline.actions.outbox.ending import fail
from careline.actions.outbox.held import Lease
from careline.actions.outbox.rows import locked, move, on_the_way, show, trail
from careline.actions.outbox.settle import doubt
from careline.actions.placing import lock_customers
from careline.domain.words import DeliveryState, Kind
from careline.store.models import Delivery, Workspace
from careline.store.scoped import scoped

_IN_FLIGHT = (DeliveryState.LEASED, DeliveryState.SENDING)
_IN_THE_WAY = (DeliveryState.QUEUED, *_IN_FLIGHT, DeliveryState.UNKNOWN)


def lease(desk: Desk, worker: str, *, slots: int) -> list[Lease]:
    """Take up to `slots` pieces of work that are due, the oldest first over all workspaces, for `worker`'s minute."""
    now_ms = desk.clock.now_ms()
    due: list[Delivery] = []
    for workspace_id in Workspace.objects.order_by("id").values_list("id", flat=True):
        if on_the_way(workspace_id).filter(not_before_ms__lte=now_ms).exists():
            _release(desk, workspace_id, now_ms)
            due += _due(workspace_id, now_ms, slots)
    return list(_take(desk, worker, sorted(due, key=lambda one: one.id), slots))


def begin(desk: Desk, lease: Lease) -> bool:
    """Write that the attempt begins; when this returns True the line is on disk and the effect may leave.

    False: the lease is no longer ours, or the message must not leave any more: its person said stop (law 5), or its
    conversation is gone. The latter two end it as failed.
    """
    with writing(desk, Actor(lease.workspace_id)) as journal:
        delivery = locked(lease.workspace_id, pk=lease.delivery_id, state=DeliveryState.LEASED, lease_by=lease.worker)
        if delivery is None:
            return False
        if reason := _obstacle(delivery):
            fail(journal, delivery, reason=reason)
            return False
        move(
            journal,
            delivery,
            DeliveryState.SENDING,
            begun_ms=journal.now_ms,
            attempts=lease.attempt + 1,
            lease_by=lease.worker,
            lease_until_ms=journal.now_ms + policy.LEASE_MS,
        )
    return True


def _obstacle(delivery: Delivery) -> str:
    """Why the message must not leave now, or ""."""
    message = delivery.message
    if message.conversation_id is None or message.deleted_ms is not None:
        return "conversation_gone"
    if message.kind != Kind.DM:
        return ""
    verdict = can_dm(delivery.identity, delivery.account)
    return "" if verdict.allowed else verdict.why


def _release(desk: Desk, workspace_id: int, now_ms: int) -> None:
    """Leases that ran out: free to take again before the attempt began, unknown after it."""
    late = on_the_way(workspace_id).filter(state__in=_IN_FLIGHT, lease_until_ms__lt=now_ms)
    for delivery_id in late.values_list("id", flat=True):
        with writing(desk, Actor(workspace_id)) as journal:
            delivery = locked(workspace_id, pk=delivery_id, state__in=_IN_FLIGHT, lease_until_ms__lt=now_ms)
            if delivery is None:
                continue
            if delivery.state == DeliveryState.LEASED:
                move(journal, delivery, DeliveryState.QUEUED)
            else:
                doubt(journal, delivery, answered=False, detail="")


def _due(workspace_id: int, now_ms: int, slots: int) -> list[Delivery]:
    """Looks first, then as many sends as their accounts have room for."""
    ready = _ready(workspace_id, now_ms).select_related("message", "identity").order_by("id")
    flying = _in_flight(workspace_id)
    busy = [account_id for account_id, count in flying.items() if count >= policy.PER_ACCOUNT]
    due = list(ready.filter(state=DeliveryState.UNKNOWN)[:slots])
    for row in ready.filter(state=DeliveryState.QUEUED).exclude(account__in=busy)[:slots]:
        flying[row.account_id] += 1
        if flying[row.account_id] <= policy.PER_ACCOUNT:
            due.append(row)
    return due


def _in_flight(workspace_id: int) -> Counter[int]:
    return Counter(on_the_way(workspace_id).filter(state__in=_IN_FLIGHT).values_list("account", flat=True))


def _ready(workspace_id: int, now_ms: int) -> QuerySet[Delivery]:
    """What may be taken now: due, not somebody's, and first of its person at its account."""
    ahead = scoped(Delivery, workspace_id).filter(
        state__in=_IN_THE_WAY, account=OuterRef("account"), identity=OuterRef("identity")
    )
    return on_the_way(workspace_id).filter(
        Q(state=DeliveryState.UNKNOWN, not_before_ms__lte=now_ms)
        & (Q(lease_until_ms__isnull=True) | Q(lease_until_ms__lt=now_ms))
        | Q(state=DeliveryState.QUEUED, not_before_ms__lte=now_ms)
        & ~Exists(ahead.filter(~Q(state=DeliveryState.QUEUED) | Q(id__lt=OuterRef("id"))))
    )


def _take(desk: Desk, worker: str, rows: list[Delivery], slots: int) -> Iterator[Lease]:
    room = slots
    for row in rows:
        if room and (taken := _take_one(desk, worker, row)):
            room -= 1
            yield taken


def _take_one(desk: Desk, worker: str, row: Delivery) -> Lease | None:
    with writing(desk, Actor(row.workspace_id)) as journal:
        # Two workers take turns over one person: otherwise each could miss a row that the other has not committed.
        lock_customers(row.workspace_id, [row.identity.customer_id])
        look = row.state == DeliveryState.UNKNOWN
        taken = _ready(row.workspace_id, journal.now_ms).filter(pk=row.pk, state=row.state, attempts=row.attempts)
        values: dict[str, object] = {"lease_by": worker, "lease_until_ms": journal.now_ms + policy.LEASE_MS}
        if not taken.update(**values, **({} if look else {"state": DeliveryState.LEASED})):
            return None
        if not look:
            show(journal, row)
    known = trail(row)
    return Lease(row.pk, row.workspace_id, worker, look, row.attempts, known.since_ms, known.word)
