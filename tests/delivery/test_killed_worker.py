"""SIGKILL of a real worker process at each point of a send, with two identical texts to one customer (law 2)."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from careline.actions import outbox
from careline.channels.x.channel import XChannel
from careline.delivery.attempt import Post, work
from careline.domain.words import DeliveryState, Kind
from careline.store.models import Message
from delivery.scene import answer, delivery_of, state_of
from delivery.town import Town, town
from support.databases import both_databases

pytestmark = [
    both_databases,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database"),
    pytest.mark.slow,
]
PROGRAM = Path(__file__).with_name("worker_process.py")
TEXT = "We are looking into it."


@pytest.fixture
def here(transactional_db: None, tmp_path: Path) -> Iterator[Town]:
    """The town."""
    with town(tmp_path) as built:
        yield built


@contextmanager
def worker(here: Town, point: str) -> Iterator[Callable[[str], None]]:
    """A worker process that parks at `point`; yields a function that waits for a line of its; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), point],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "CARELINE_CLOCK": str(here.clock_file)},
    )
    assert process.stdout is not None
    out = process.stdout

    def expect(line: str) -> None:
        readable, _, _ = select.select([out], [], [], 60)
        assert readable, f"the worker did not say {line!r} in a minute"
        assert out.readline().strip() == line

    try:
        expect("ready")
        yield expect
    finally:
        process.kill()
        process.wait()
        out.close()


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        select.select([], [], [], 0.02)


def twins(here: Town, kind: Kind) -> list[Message]:
    """The same words twice to one customer."""
    _, heard = here.customer_writes(kind)
    return [answer(here.desk, here.actor, heard, TEXT) for _ in range(2 if kind == Kind.DM else 1)]


def ends_well(here: Town, messages: list[Message], first: DeliveryState) -> None:
    """Whoever works on after the kill brings each to its end, and X has each that is said to be sent exactly once."""
    here.advance(61)
    here.run_until_over(messages)
    really = [one["id"] for one in here.truth(TEXT)]
    for message in messages:
        message.refresh_from_db()
    assert [state_of(one) for one in messages] == [first, *[DeliveryState.SENT] * (len(messages) - 1)]
    assert [one.network_id for one in messages if one.network_id] == really


@pytest.mark.parametrize("kind", [Kind.DM, Kind.POST])
@pytest.mark.parametrize(
    ("point", "left", "ending"),
    [
        ("leased", 0, DeliveryState.SENT),
        ("begun", 0, DeliveryState.STUCK),
        ("answered", 1, DeliveryState.SENT),
    ],
)
def test_law_2_killed_between_lease_beginning_answer_and_commit(
    here: Town, kind: Kind, point: str, left: int, ending: DeliveryState
) -> None:
    messages = twins(here, kind)
    with worker(here, point) as expect:
        expect(point)
    assert len(here.truth(TEXT)) == left
    begun = delivery_of(messages[0]).begun_ms is not None
    assert begun is (point != "leased")
    ends_well(here, messages, ending)


@pytest.mark.parametrize(
    ("fault", "left", "ending"), [("hang_before", 0, DeliveryState.STUCK), ("hang_after", 1, DeliveryState.SENT)]
)
def test_law_2_killed_while_x_has_the_call(here: Town, fault: str, left: int, ending: DeliveryState) -> None:
    messages = twins(here, Kind.DM)
    here.fault(fault, Kind.DM)
    with worker(here, "never"):
        until(lambda: here.x.http.get("/_sandbox/faults").json()["faults"][0]["fired"] == 1, "the call to arrive")
        until(lambda: len(here.truth(TEXT)) == left, "its effect")
    assert state_of(messages[0]) == DeliveryState.SENDING
    ends_well(here, messages, ending)


def test_law_2_killed_between_a_look_and_its_commit(here: Town) -> None:
    messages = twins(here, Kind.DM)
    here.fault("cut_after", Kind.DM)
    [lease] = outbox.lease(here.desk, "first", slots=1)
    work(Post(here.desk, {"x": XChannel()}, here.perform), lease)
    assert state_of(messages[0]) == DeliveryState.UNKNOWN
    with worker(here, "looked") as expect:
        expect("looked")
    assert state_of(messages[0]) == DeliveryState.UNKNOWN
    ends_well(here, messages, DeliveryState.SENT)


def test_law_2_killed_again_and_again(here: Town) -> None:
    """A worker that never gets beyond a point, four times over: in the end X has what the desk says, once each.

    A second hand may be killed between its beginning and its call: that one needs a person, and X does not have it.
    """
    messages = [message for _ in range(3) for message in twins(here, Kind.DM)]
    for point in ("leased", "answered", "leased", "answered"):
        with worker(here, point) as expect:
            expect(point)
        here.advance(61)
    here.run_until_over(messages)
    for message in messages:
        message.refresh_from_db()
    really = [one["id"] for one in here.truth(TEXT)]
    assert {state_of(one) for one in messages} <= {DeliveryState.SENT, DeliveryState.STUCK}
    sent = [one for one in messages if state_of(one) == DeliveryState.SENT]
    assert sorted(str(one.network_id) for one in sent) == sorted(really)
    assert len(really) >= 4
