"""Several writers at the same moment on a real PostgreSQL: laws 2 and 4 hold whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from actions.network import dm, hear, post
from careline.actions.converse import reply
from careline.actions.errors import Conflict
from careline.actions.steer import resolve
from careline.domain.words import State
from careline.store.models import Change, Conversation, Customer, Decision, Delivery, Message
from careline.store.scoped import scoped
from support.databases import both_databases

pytestmark = [pytest.mark.django_db(transaction=True), both_databases]
ANN = "501"


@pytest.fixture
def us(database, account):
    return account.network_id


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; an exception is returned in its place."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def assert_numbered(workspace: Any) -> None:
    for model in (Decision, Change):
        seqs = list(scoped(model, workspace.id).order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))


def test_law_4_two_first_messages_of_one_customer_at_once_make_one_conversation(desk, workspace, us):
    for round_ in range(5):
        author = str(600 + round_)
        facts = [dm(10 * round_ + number, author, us, f"line {number}") for number in range(1, 5)]
        results = at_once(*[lambda fact=fact: hear(desk, workspace, fact) for fact in facts])
        assert not [one for one in results if isinstance(one, Exception)]
    assert scoped(Customer, workspace.id).count() == 5
    assert scoped(Conversation, workspace.id).count() == 5
    assert scoped(Message, workspace.id).filter(conversation=None).count() == 0
    assert_numbered(workspace)


def test_the_same_event_in_two_readers_at_once_is_one_message(desk, workspace, us):
    results = at_once(*[lambda: hear(desk, workspace, post(1, ANN, mentions=[us], pictures=["p"])) for _ in range(4)])
    assert not [one for one in results if isinstance(one, Exception)]
    assert scoped(Message, workspace.id).count() == 1
    assert_numbered(workspace)


def test_two_agents_resolving_and_answering_at_once_leave_one_history(desk, workspace, us, agent, lead):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    one = scoped(Conversation, workspace.id).get()
    question = one.messages.get()
    results = at_once(
        lambda: resolve(desk, agent, conversation_id=one.id),
        lambda: resolve(desk, lead, conversation_id=one.id),
        lambda: reply(desk, agent, conversation_id=one.id, answers_id=question.id, text="a", uid=uuid4()),
        lambda: reply(desk, lead, conversation_id=one.id, answers_id=question.id, text="b", uid=uuid4()),
        lambda: hear(desk, workspace, post(2, ANN, "Hello?", mentions=[us], reply_to=1)),
    )
    errors = [error for error in results if isinstance(error, Exception)]
    assert {type(error) for error in errors} <= {Conflict}
    assert scoped(Delivery, workspace.id).count() == 2
    reopened = scoped(Decision, workspace.id).filter(verb="reopened").count()
    assert scoped(Decision, workspace.id).filter(verb="resolved").count() == 2 - len(errors) <= 1 + reopened
    one.refresh_from_db()
    assert one.messages.count() == 4
    assert reopened or one.state == State.RESOLVED
    assert_numbered(workspace)


def test_a_second_click_in_another_browser_tab_at_once_sends_once(desk, workspace, us, agent):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    one = scoped(Conversation, workspace.id).get()
    question, uid = one.messages.get(), uuid4()
    results = at_once(
        *[
            lambda: reply(desk, agent, conversation_id=one.id, answers_id=question.id, text="a", uid=uid)
            for _ in range(4)
        ]
    )
    assert scoped(Delivery, workspace.id).count() == 1
    assert not [result for result in results if isinstance(result, Exception)]
