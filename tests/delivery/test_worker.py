"""The loop itself, with real threads: nobody waits for another account's network, and stopping is prompt and safe."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from careline.actions.context import Actor, Desk
from careline.channels.base import Steps
from careline.delivery import worker
from careline.delivery.attempt import Post
from careline.domain.words import DeliveryState, Kind
from careline.store.models import Account
from delivery.fake_x import FakeX
from delivery.scene import answer, delivery_of, hear, state_of
from support.databases import both_databases
from support.rows import make_account

pytestmark = [both_databases, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database")]
T = TypeVar("T")


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        threading.Event().wait(0.01)


def test_an_account_that_hangs_holds_up_neither_the_others_nor_the_end(
    desk: Desk, agent: Actor, account: Account, x: FakeX, post: Post
) -> None:
    stuck = [answer(desk, agent, hear(desk, account, customer=str(number))) for number in range(6)]
    free = answer(desk, agent, hear(desk, make_account(account.workspace), customer="9"))
    let_go = threading.Event()

    def perform(our: Account, steps: Steps[T]) -> T:
        if our.pk == account.pk:
            let_go.wait(30)
        return x.perform(our, steps)

    stop, wake = threading.Event(), threading.Event()
    arguments: dict[str, Any] = {"name": "worker", "stop": stop, "wake": wake}
    thread = threading.Thread(target=worker.run, args=(replace(post, perform=perform),), kwargs=arguments)
    thread.start()
    try:
        until(lambda: state_of(free) == DeliveryState.SENT, "the other account")
        until(lambda: sum(state_of(one) == DeliveryState.SENDING for one in stuck) == 2, "two of the one that hangs")
        stop.set()
        wake.set()
        thread.join(10)
        assert not thread.is_alive()
    finally:
        let_go.set()
        stop.set()
    until(lambda: sum(state_of(one) == DeliveryState.SENT for one in stuck) == 2, "the two that were under way")
    assert len(x.sends) == 3
    hands = [one for one in threading.enumerate() if one.name.startswith("deliver-")]
    for hand in hands:
        hand.join(10)


def test_an_answer_to_what_x_never_had_fails_with_a_reason(
    desk: Desk, agent: Actor, account: Account, x: FakeX, drain: Callable[[], int]
) -> None:
    heard = hear(desk, account, kind=Kind.POST)
    message = answer(desk, agent, heard)
    message.reply_to_id = ""
    message.save()
    drain()
    delivery = delivery_of(message)
    assert (delivery.state, delivery.reason) == ("failed", "nothing_to_answer")
    assert x.sends == []
