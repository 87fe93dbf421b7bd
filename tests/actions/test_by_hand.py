"""An answer that X does not take from here is posted in X itself, and is still the answer that was written here."""

from __future__ import annotations

from uuid import uuid4

import pytest

from actions.network import dm, hear, post
from careline.actions import outbox
from careline.actions.converse import invite, reply
from careline.actions.reaching import reach_of
from careline.channels.base import Refused, Sent
from careline.domain.reach import Can
from careline.domain.words import DeliveryState, HandoffState
from careline.store.models import Account, Conversation, Delivery, Handoff, Message
from careline.store.scoped import scoped
from support.databases import both_databases

pytestmark = [pytest.mark.django_db, both_databases]
ANN = "501"
NOT_SUMMONED = Refused(permanent=True, reason="not_summoned", detail="has not been mentioned")


@pytest.fixture
def us(database, account):
    return account.network_id


@pytest.fixture
def asked(desk, workspace, us):
    """Ann answers our own post without naming us."""
    hear(desk, workspace, post(1, us, "We are back."))
    hear(desk, workspace, post(2, ANN, "Not for me!", reply_to=1, reply_to_user_id=us))
    return message(workspace, "2")


def message(workspace, network_id):
    return scoped(Message, workspace.id).get(network_id=network_id)


def say(desk, agent, asked, text="Sorry to hear that.", **more):
    return reply(
        desk, agent, conversation_id=asked.conversation_id, answers_id=asked.id, text=text, uid=uuid4(), **more
    )


def leave(desk, clock, outcome):
    clock.advance(seconds=10)
    [lease] = outbox.lease(desk, "test", slots=10)
    assert outbox.begin(desk, lease)
    outbox.settle(desk, lease, outcome)


def can(asked):
    return reach_of(asked, scoped(Account, asked.workspace_id).get()).can


@pytest.mark.parametrize(("outcome", "then"), [(Sent("900"), Can.YES), (NOT_SUMMONED, Can.NO)])
def test_what_x_leaves_open_is_learnt_by_trying(desk, workspace, clock, agent, asked, outcome, then):
    assert can(asked) is Can.UNKNOWN
    say(desk, agent, asked)
    leave(desk, clock, outcome)
    assert can(asked) is then


def test_another_refusal_teaches_nothing(desk, clock, agent, asked):
    say(desk, agent, asked)
    leave(desk, clock, Refused(permanent=True, reason="duplicate"))
    assert can(asked) is Can.UNKNOWN


def test_a_name_that_the_post_above_did_not_carry_was_typed(desk, workspace, us):
    hear(desk, workspace, post(1, "777", "Who delivers on Sunday?"))
    hear(desk, workspace, post(2, ANN, "they do", reply_to=1, reply_to_user_id="777", mentions=[us]))
    hear(desk, workspace, post(3, "778", "no", reply_to=2, root=1, reply_to_user_id=ANN, mentions=[us, ANN]))
    assert can(message(workspace, "2")) is Can.YES
    assert can(message(workspace, "3")) is Can.UNKNOWN


def test_law_2_an_answer_left_to_a_person_does_not_leave_by_itself(desk, clock, agent, asked):
    ours = say(desk, agent, asked, by_hand=True)
    clock.advance(hours=1)
    assert outbox.lease(desk, "test", slots=10) == []
    ours.refresh_from_db()
    assert ours.void and scoped(Conversation, ours.workspace_id).get(id=ours.conversation_id).waiting_ms is not None


@pytest.mark.parametrize("tried", [True, False])
def test_what_was_posted_by_hand_is_the_answer_that_was_written_here(desk, workspace, us, clock, agent, asked, tried):
    ours = say(desk, agent, asked, by_hand=not tried)
    if tried:
        leave(desk, clock, NOT_SUMMONED)
    hear(desk, workspace, post(3, us, "Sorry to hear that.", reply_to=2, root=1, reply_to_user_id=ANN))
    ours.refresh_from_db()
    assert (ours.network_id, ours.void) == ("3", False)
    assert scoped(Delivery, workspace.id).get(message=ours).state == DeliveryState.SENT
    assert scoped(Message, workspace.id).filter(conversation_id=ours.conversation_id).count() == 2
    assert scoped(Conversation, workspace.id).get(id=ours.conversation_id).waiting_ms is None


def test_other_words_posted_by_hand_are_a_message_of_their_own(desk, workspace, us, agent, asked):
    ours = say(desk, agent, asked, by_hand=True)
    hear(desk, workspace, post(3, us, "Something else.", reply_to=2, root=1, reply_to_user_id=ANN))
    ours.refresh_from_db()
    assert ours.network_id is None
    assert message(workspace, "3").conversation_id == asked.conversation_id


def test_an_invitation_posted_by_hand_is_open_and_can_be_taken(desk, workspace, us, agent, asked):
    ours = invite(
        desk, agent, conversation_id=asked.conversation_id, answers_id=asked.id, text="Please write to us.",
        first_line="Hello", uid=uuid4(), by_hand=True,
    )  # fmt: skip
    assert Handoff.objects.get(message=ours).state == HandoffState.WITHDRAWN
    text = f"Please write to us. https://x.com/messages/compose?recipient_id={us}&text=Hello"
    hear(desk, workspace, post(3, us, text, reply_to=2, root=1, reply_to_user_id=ANN))
    assert Handoff.objects.get(message=ours).state == HandoffState.OFFERED
    hear(desk, workspace, dm(4, ANN, us, "Here I am"))
    assert Handoff.objects.get(message=ours).state == HandoffState.ARRIVED
    assert message(workspace, "4").conversation_id == asked.conversation_id
