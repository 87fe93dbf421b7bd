"""Nobody stays a number: who an event only numbered is asked for, once, and the answer goes through the log."""

from __future__ import annotations

import pytest

from actions.network import hear, post
from careline.actions.introductions import nameless
from careline.actions.receive import Received, receive
from careline.channels.base import HttpReply
from careline.channels.x.channel import XChannel
from careline.domain.facts import Parsed, Profile
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake.committer import Committer
from careline.intake.introductions import Introductions
from careline.intake.pump import Pump
from careline.store.models import Change, Conversation, Identity
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from support.databases import both_databases

pytestmark = [pytest.mark.django_db(transaction=True), both_databases]
X = {"x": XChannel()}
ANNA = b'{"data":[{"id":"501","username":"anna","name":"Anna"}]}'


def numbered(number, author, us):
    """A reply as X tells of it: nobody is named."""
    fact = post(number, author, mentions=[us], reply_to_user_id=us)
    return Received(number, Parsed(us, (fact,), ()))


@pytest.fixture
def asking(desk, workspace, database, account, tmp_path):
    log = SqliteEventLog(tmp_path / "intake.db")
    committer, answers, calls = Committer(log), [HttpReply(200, {}, ANNA)], []

    def perform(_account, steps):
        call = next(steps)
        calls.append(call)
        try:
            steps.send(answers[0])
        except StopIteration as end:
            return end.value
        raise AssertionError("one call was enough")

    pump = Pump(log=log, channels=X, desk=desk)
    introductions = Introductions(desk, X, perform, committer, lambda: None)
    yield introductions, pump, calls, answers
    committer.close()
    log.close()


def test_a_numbered_person_gets_a_name_and_the_list_hears_of_it(desk, workspace, account, asking):
    introductions, pump, calls, _ = asking
    receive(desk, workspace.id, [numbered(1, "501", account.network_id)])
    before = scoped(Change, workspace.id).count()
    assert introductions.workspace(workspace.id)
    assert calls[0].query["ids"] == "501"
    while pump.step():
        pass
    person = scoped(Identity, workspace.id).get()
    assert (person.handle, person.name) == ("anna", "Anna")
    told = scoped(Change, workspace.id).filter(seq__gt=before, what="conversation")
    assert told.get().conversation_id == scoped(Conversation, workspace.id).get().id
    introductions.workspace(workspace.id)
    assert len(calls) == 1


def test_whom_x_does_not_know_is_asked_for_once_a_day(desk, workspace, account, asking, clock):
    introductions, _, calls, answers = asking
    receive(desk, workspace.id, [numbered(1, "666", account.network_id)])
    answers[0] = HttpReply(200, {}, b'{"errors":[{"title":"Not Found Error"}],"meta":{}}')
    for _ in range(3):
        introductions.workspace(workspace.id)
    assert len(calls) == 1
    clock.advance(hours=25)
    introductions.workspace(workspace.id)
    assert len(calls) == 2


def test_a_refusal_leaves_them_due(desk, workspace, account, asking):
    introductions, _, _, answers = asking
    receive(desk, workspace.id, [numbered(1, "501", account.network_id)])
    answers[0] = HttpReply(500, {}, b"")
    assert not introductions.workspace(workspace.id)
    assert nameless(workspace.id, "x", desk.clock.now_ms()) == ["501"]


def test_law_1_an_introduction_before_or_after_the_message_gives_the_same_person(database, desk, workspace, account):
    told = [
        Received(1, Parsed(None, (), (Profile("501", "anna", "Anna", as_of=5_000_000_000_000),))),
        numbered(2, "501", account.network_id),
        Received(
            3,
            Parsed(
                account.network_id,
                (post(3, "502", mentions=[account.network_id]),),
                (Profile("501", "x", "x", as_of=9),),
            ),
        ),
    ]
    for one in told:
        receive(desk, workspace.id, [one])
    first = dump(workspace.id)
    for one in reversed(told):
        receive(desk, workspace.id, [one])
    assert dump(workspace.id) == first
    assert [one["handle"] for one in first["identities"]] == ["anna", ""]
    hear(desk, workspace, post(9, "501"))
    assert dump(workspace.id)["identities"][0]["handle"] == "anna"
