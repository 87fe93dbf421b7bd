"""An answer waits when its author cannot have seen the latest; of two at once, one is told (laws 2 and 3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from actions.network import dm, gone, hear, post
from careline.actions import outbox
from careline.actions.converse import direct, invite, note, reply
from careline.actions.errors import Held
from careline.actions.held_back import Seen
from careline.domain.words import Audience
from careline.store.models import Conversation, Delivery, Message
from careline.store.scoped import scoped
from support.databases import both_databases

ANN = "501"
pytestmark = both_databases


class Case:
    """A customer who has asked in public, and what a page has shown of it."""

    def __init__(self, desk, workspace, us):
        self.desk, self.workspace, self.us = desk, workspace, us
        hear(desk, workspace, post(1, ANN, mentions=[us]))
        self.conversation = scoped(Conversation, workspace.id).get()
        self.question = self.conversation.messages.get()
        self.seen = Seen(self.question.id)

    def reply(self, actor, text="On it", *, seen=None, answers=None):
        return reply(
            self.desk,
            actor,
            conversation_id=self.conversation.id,
            answers_id=(answers or self.question).id,
            text=text,
            uid=uuid4(),
            confirmed=True,
            seen=seen or self.seen,
        )

    def message(self, network_id):
        return scoped(Message, self.workspace.id).get(network_id=str(network_id))


@pytest.fixture
def case(database, desk, workspace, account):
    return Case(desk, workspace, account.network_id)


@pytest.mark.django_db
def test_an_answer_waits_when_the_customer_has_written_since(case, desk, workspace, agent):
    hear(desk, workspace, post(2, ANN, "It has come!", mentions=[case.us], reply_to=1))
    with pytest.raises(Held) as held:
        case.reply(agent)
    assert (held.value.code, held.value.message_id) == ("newer_message", case.message(2).id)
    assert not scoped(Delivery, workspace.id).exists()
    case.reply(agent, seen=Seen(case.message(2).id))
    assert scoped(Delivery, workspace.id).count() == 1


@pytest.mark.django_db
def test_an_answer_waits_when_somebody_else_has_answered_since(case, desk, workspace, agent, lead):
    answer = case.reply(lead, "I have looked: tomorrow")
    with pytest.raises(Held) as held:
        case.reply(agent)
    assert (held.value.code, held.value.message_id) == ("answered_meanwhile", answer.id)
    case.reply(lead, "One more thing")  # their own answer they know of
    case.reply(agent, seen=Seen(case.question.id, scoped(Message, workspace.id).latest("id").id))


@pytest.mark.django_db
def test_every_way_of_speaking_to_the_customer_waits_and_a_note_does_not(case, desk, workspace, account, agent, lead):
    hear(desk, workspace, dm(500, ANN, case.us))
    seen = Seen(case.message(500).id)
    case.reply(lead, seen=seen)
    at = {"conversation_id": case.conversation.id, "text": "Hello", "seen": seen}
    with pytest.raises(Held):
        direct(desk, agent, account_id=account.id, uid=uuid4(), **at)
    with pytest.raises(Held):
        invite(desk, agent, answers_id=case.question.id, first_line="", uid=uuid4(), confirmed=True, **at)
    note(desk, agent, conversation_id=case.conversation.id, text="They answered already", uid=uuid4())
    assert scoped(Message, workspace.id).filter(audience=Audience.INTERNAL).count() == 1


@pytest.mark.django_db
def test_what_was_cancelled_or_deleted_holds_nothing_back(case, desk, workspace, agent, lead):
    answer = case.reply(lead)
    outbox.cancel(desk, lead, message_id=answer.id)
    hear(desk, workspace, post(2, ANN, "Forget it", mentions=[case.us], reply_to=1), gone(2))
    case.reply(agent)


@pytest.mark.django_db
def test_a_program_that_has_seen_no_page_is_not_held_back(case, desk, agent, lead):
    case.reply(lead)
    at = {"conversation_id": case.conversation.id, "answers_id": case.question.id, "text": "x"}
    assert reply(desk, agent, uid=uuid4(), **at).text == "x"


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_who_send_at_the_same_moment_one_is_told(case, workspace, agent, lead):
    barrier = Barrier(2)

    def send(actor):
        try:
            barrier.wait()
            return case.reply(actor, f"from {actor.user_id}")
        except Held as held:
            return held
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(send, (agent, lead)))
    (told,) = [one for one in results if isinstance(one, Held)]
    (sent,) = [one for one in results if isinstance(one, Message)]
    assert (told.code, told.message_id) == ("answered_meanwhile", sent.id)
    assert scoped(Delivery, workspace.id).count() == 1
