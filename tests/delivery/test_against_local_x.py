"""Law 2 against the really served local X on its bad days: what X has, and what the desk says that it has, agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from careline.actions import outbox
from careline.actions.converse import invite
from careline.domain.words import DeliveryState, HandoffState, Kind
from careline.store.models import Handoff, Message
from careline.store.scoped import scoped
from delivery.scene import answer, delivery_of, state_of
from delivery.town import Town, town

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Each fault, and whether a message that it befalls gets there in the end without anybody's help.
FAULTS = {
    "status:429": True,
    "status:500": True,
    "status:503": True,
    "hang_before": False,
    "disconnect": False,
    "hang_after": True,
    "cut_after": True,
    "late_effect:45": True,
}


@pytest.fixture
def here(db: None, tmp_path: Path) -> Iterator[Town]:
    """The town."""
    with town(tmp_path) as built:
        yield built


def agrees(here: Town, messages: list[Message], text: str) -> None:
    """Each message is there at most once, under the id that the desk knows; what did not end as sent is not there."""
    really = {one["id"] for one in here.truth(text)}
    for message in messages:
        message.refresh_from_db()
    claimed = [one.network_id for one in messages if state_of(one) == DeliveryState.SENT]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == really


@pytest.mark.parametrize("kind", [Kind.DM, Kind.POST])
@pytest.mark.parametrize("fault", FAULTS)
def test_law_2_whatever_befalls_a_message_it_is_there_at_most_once(here: Town, kind: Kind, fault: str) -> None:
    _, heard = here.customer_writes(kind)
    _, other = here.customer_writes(kind)
    here.fault(fault, kind, **({"reset_s": 100} if "429" in fault else {}))
    struck = answer(here.desk, here.actor, heard, "We are looking into it.")
    spared = answer(here.desk, here.actor, other, "Good morning.")
    here.run_until_over([struck, spared])
    agrees(here, [struck], "looking into it")
    agrees(here, [spared], "Good morning")
    assert state_of(spared) == DeliveryState.SENT
    assert state_of(struck) == (DeliveryState.SENT if FAULTS[fault] else DeliveryState.STUCK)
    if not FAULTS[fault]:
        outbox.send_again(here.desk, here.actor, message_id=struck.pk)
        here.run_until_over([struck])
        agrees(here, [struck], "looking into it")
        assert state_of(struck) == DeliveryState.SENT


@pytest.mark.parametrize("fault", FAULTS)
def test_law_2_two_identical_texts_to_one_customer_stay_two(here: Town, fault: str) -> None:
    _, heard = here.customer_writes(Kind.DM)
    here.fault(fault, Kind.DM, **({"reset_s": 100} if "429" in fault else {}))
    twins = [answer(here.desk, here.actor, heard, "One moment, please.") for _ in range(2)]
    here.run_until_over(twins)
    agrees(here, twins, "One moment")
    assert state_of(twins[1]) == DeliveryState.SENT
    if FAULTS[fault]:
        first, second = twins
        assert int(first.network_id or 0) < int(second.network_id or 0)


def test_a_429_says_when_it_leaves_and_then_it_leaves(here: Town) -> None:
    _, heard = here.customer_writes(Kind.DM)
    here.fault("status:429", Kind.DM, reset_s=600)
    message = answer(here.desk, here.actor, heard, "Soon.")
    here.drain()
    delivery = delivery_of(message)
    wait_s = (delivery.not_before_ms - here.desk.clock.now_ms()) / 1000
    assert (delivery.state, delivery.reason) == ("queued", "throttled")
    assert 590 <= wait_s <= 610
    here.advance(wait_s - 1)
    here.drain()
    assert here.truth("Soon") == []
    here.advance(2)
    here.drain()
    agrees(here, [message], "Soon")
    assert state_of(message) == DeliveryState.SENT


def test_what_x_refuses_says_why_in_xs_words(here: Town) -> None:
    person, heard = here.customer_writes(Kind.DM)
    here.x.control("block", source_id=person.id, target_id=here.brand.id)
    message = answer(here.desk, here.actor, heard, "Hello?")
    here.drain()
    delivery = delivery_of(message)
    assert (delivery.state, delivery.reason) == ("failed", "no_dm")
    assert delivery.detail == "You do not have permission to DM one or more participants."
    assert here.truth("Hello?") == []


@pytest.mark.parametrize("capabilities", [{}, {"dm_link_in_text": True}])
@pytest.mark.parametrize("fault", ["", "cut_after"])
def test_an_invitation_is_offered_once_x_has_it(here: Town, capabilities: dict[str, bool], fault: str) -> None:
    _, heard = here.customer_writes(Kind.POST)
    here.account.capabilities = capabilities
    here.account.save()
    if fault:
        here.fault(fault, Kind.POST)
    message = invite(
        here.desk,
        here.actor,
        conversation_id=heard.conversation_id or 0,
        answers_id=heard.pk,
        text="Please write to us privately.",
        first_line="Order number: ",
        uid=uuid4(),
    )
    handoffs = scoped(Handoff, message.workspace_id).filter(message=message)
    assert [one.state for one in handoffs] == [HandoffState.PLANNED]
    here.run_until_over([message])
    agrees(here, [message], "write to us privately")
    assert [one.state for one in handoffs.all()] == [HandoffState.OFFERED]


def test_an_x_that_is_away_is_tried_again(here: Town) -> None:
    _, heard = here.customer_writes(Kind.DM)
    message = answer(here.desk, here.actor, heard, "Are you there?")
    here.account.app.api_base = "http://127.0.0.1:9"
    here.account.app.save()
    here.drain()
    delivery = delivery_of(message)
    assert (delivery.state, delivery.reason) == ("queued", "unreachable")
    here.account.app.api_base = here.x.url
    here.account.app.save()
    here.run_until_over([message])
    agrees(here, [message], "Are you there")
    assert state_of(message) == DeliveryState.SENT
