"""Several workers lease at the same moment, on each engine: no row is taken twice, no person served twice at once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections

from careline.actions import outbox
from careline.actions.context import Actor, Desk
from careline.actions.errors import Conflict
from careline.actions.outbox import Lease, policy
from careline.actions.receive import Received, receive
from careline.channels.base import Sent, Unknown
from careline.delivery.attempt import Post, work
from careline.domain.facts import DmSeen, Parsed
from careline.domain.words import DeliveryState
from careline.store.models import Account, Decision, Delivery, Message
from careline.store.scoped import scoped
from delivery.fake_x import FakeX
from delivery.scene import answer, hear, state_of
from support.databases import both_databases

pytestmark = [both_databases, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database")]

WORKERS = 4


def together(desk: Desk, slots: int) -> list[Lease]:
    """What so many workers get who all ask at once, each from a connection of its own."""
    start = threading.Barrier(WORKERS)

    def ask(number: int) -> list[Lease]:
        start.wait()
        try:
            return outbox.lease(desk, f"worker {number}", slots=slots)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [lease for leases in pool.map(ask, range(WORKERS)) for lease in leases]


def test_law_2_no_row_is_taken_twice_and_each_person_gets_one_at_a_time(
    desk: Desk, agent: Actor, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "PER_ACCOUNT", 100)
    messages: list[Message] = []
    for customer in range(6):
        heard = hear(desk, account, customer=str(customer))
        messages += [answer(desk, agent, heard, text) for text in ("Hello", "Hello", "Bye")]
    identities = dict(scoped(Delivery, account.workspace_id).values_list("id", "identity_id"))
    left: list[int] = []
    while leases := together(desk, slots=3):
        assert max(Counter(lease.delivery_id for lease in leases).values()) == 1
        assert max(Counter(identities[lease.delivery_id] for lease in leases).values()) == 1
        for lease in leases:
            assert outbox.begin(desk, lease)
            outbox.settle(desk, lease, Sent(str(900_000 + len(left))))
            left.append(lease.delivery_id)
    assert len(left) == len(set(left)) == len(messages)
    assert {state_of(message) for message in messages} == {DeliveryState.SENT}
    for identity in set(identities.values()):
        assert [one for one in left if identities[one] == identity] == sorted(
            one for one in left if identities[one] == identity
        )


def test_law_2_a_look_is_one_workers_too(desk: Desk, agent: Actor, account: Account) -> None:
    answer(desk, agent, hear(desk, account))
    [lease] = outbox.lease(desk, "worker", slots=1)
    assert outbox.begin(desk, lease)
    outbox.settle(desk, lease, Unknown("timed out"))
    assert len(together(desk, slots=2)) == 1


def test_two_agents_cancel_while_a_worker_begins(desk: Desk, agent: Actor, account: Account) -> None:
    """Either it is cancelled and does not begin, or it begins and is not cancelled."""
    for customer in range(8):
        message = answer(desk, agent, hear(desk, account, customer=str(customer)))
        [lease] = outbox.lease(desk, "worker", slots=1)
        start = threading.Barrier(2)

        def cancel(message: Message = message, start: threading.Barrier = start) -> bool:
            start.wait()
            try:
                outbox.cancel(desk, agent, message_id=message.pk)
            except Conflict:
                return False
            finally:
                connections.close_all()
            return True

        def begin(lease: Lease = lease, start: threading.Barrier = start) -> bool:
            start.wait()
            try:
                return outbox.begin(desk, lease)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            cancelled, begun = pool.submit(cancel), pool.submit(begin)
            assert cancelled.result() is not begun.result()
        outbox.settle(desk, lease, Sent(str(customer)))


def test_the_answer_and_the_echo_arrive_at_the_same_moment(
    desk: Desk, agent: Actor, account: Account, x: FakeX, post: Post
) -> None:
    """Whoever is first, there is one message, sent once, and the log says nothing else."""
    for customer in range(8):
        message = answer(desk, agent, hear(desk, account, customer=str(customer)), "Good morning")
        [lease] = outbox.lease(desk, "worker", slots=1)
        start = threading.Barrier(2)

        def perform(our: Account, steps: Any, start: threading.Barrier = start) -> Any:
            outcome = x.perform(our, steps)
            start.wait()
            return outcome

        def echo(start: threading.Barrier = start, customer: int = customer) -> None:
            start.wait()
            effect = x.effects[-1]
            fact = DmSeen(effect.network_id, account.network_id, str(customer), "Good morning", effect.created_ms)
            receive(desk, account.workspace_id, [Received(7_000_000 + customer, Parsed(account.network_id, (fact,)))])
            connections.close_all()

        def send(lease: Lease = lease, perform: Any = perform) -> None:
            work(replace(post, perform=perform), lease)
            connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(echo), pool.submit(send)]:
                done.result()
        message.refresh_from_db()
        assert message.network_id == x.effects[-1].network_id
        assert state_of(message) == DeliveryState.SENT
        log = scoped(Decision, account.workspace_id).filter(verb="sent", data__uid=str(message.uid))
        assert [row.data["ref"] for row in log] == [f"x:dm:{message.network_id}"]
    assert scoped(Message, account.workspace_id).filter(direction="out").count() == 8
