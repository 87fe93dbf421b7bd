"""What people do with a conversation, and what the desk does not let them do (laws 3, 4, 5)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from actions.network import dm, hear, post
from careline.actions.context import Actor
from careline.actions.converse import direct, invite, note, reply
from careline.actions.errors import Conflict, Denied, Invalid, NeedsConfirmation, NotFound, NotPermitted
from careline.actions.split import split
from careline.actions.steer import assign, ignore, mark_spam, reopen, resolve, undo
from careline.domain.words import Audience, DeliveryState, Kind, State
from careline.store.models import Conversation, Decision, Delivery, Message
from careline.store.scoped import scoped
from support.databases import both_databases
from support.rows import make_account, make_membership, make_user, make_workspace

pytestmark = [pytest.mark.django_db, both_databases]
ANN = "501"


@pytest.fixture
def us(database, account):
    return account.network_id


@pytest.fixture
def conversation(desk, workspace, us):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    return scoped(Conversation, workspace.id).get()


@pytest.fixture
def question(conversation):
    return conversation.messages.get()


def write_privately(desk, workspace, us, id_=500, text="Order 4711"):
    hear(desk, workspace, dm(id_, ANN, us, text))
    return scoped(Message, workspace.id).get(network_id=str(id_))


def test_law_3_an_answer_goes_where_the_message_it_answers_came_from(
    desk, workspace, us, conversation, question, agent
):
    private = write_privately(desk, workspace, us)
    answer = reply(desk, agent, conversation_id=conversation.id, answers_id=private.id, text="Thanks", uid=uuid4())
    assert (answer.audience, answer.kind) == (Audience.PRIVATE, Kind.DM)
    public = reply(
        desk, agent, conversation_id=conversation.id, answers_id=question.id, text="Done", uid=uuid4(), confirmed=True
    )
    assert (public.audience, public.kind, public.reply_to_id) == (Audience.PUBLIC, Kind.POST, "1")


def test_law_3_speaking_in_public_where_private_messages_are_asks_first(
    desk, workspace, us, conversation, question, agent
):
    write_privately(desk, workspace, us)
    for verb, more in ((reply, {}), (invite, {"first_line": ""})):
        with pytest.raises(NeedsConfirmation, match="Everyone will be able to read"):
            verb(
                desk, agent, conversation_id=conversation.id, answers_id=question.id, text="4711?", uid=uuid4(), **more
            )
    assert not scoped(Delivery, workspace.id).exists()


def test_law_5_nobody_is_messaged_privately_who_did_not_start(desk, workspace, account, conversation, agent):
    with pytest.raises(NotPermitted, match="Invite them"):
        direct(desk, agent, conversation_id=conversation.id, account_id=account.id, text="Hi", uid=uuid4())
    assert not scoped(Delivery, workspace.id).exists()


def test_law_5_writing_to_one_account_gives_no_leave_to_another(desk, workspace, us, conversation, agent):
    write_privately(desk, workspace, us)
    other = make_account(workspace)
    with pytest.raises(NotPermitted):
        direct(desk, agent, conversation_id=conversation.id, account_id=other.id, text="Hi", uid=uuid4())


def test_law_5_stop_ends_the_leave_at_once_and_writing_again_gives_it_back(
    desk, workspace, us, account, conversation, agent
):
    write_privately(desk, workspace, us)
    write_privately(desk, workspace, us, 600, " STOP! ")
    with pytest.raises(NotPermitted, match="asked you to stop"):
        direct(desk, agent, conversation_id=conversation.id, account_id=account.id, text="Hi", uid=uuid4())
    write_privately(desk, workspace, us, 700, "Sorry, one more question")
    sent = direct(desk, agent, conversation_id=conversation.id, account_id=account.id, text="Sure", uid=uuid4())
    assert sent.shape["reason"]["why"] == "wrote_first"


def test_a_second_click_sends_nothing_twice(desk, workspace, conversation, question, agent):
    uid = uuid4()
    for _ in range(2):
        reply(desk, agent, conversation_id=conversation.id, answers_id=question.id, text="On it", uid=uid)
    assert scoped(Delivery, workspace.id).count() == 1
    assert scoped(Delivery, workspace.id).get().state == DeliveryState.QUEUED


def test_after_an_answer_it_is_the_customers_turn(desk, conversation, question, agent):
    reply(desk, agent, conversation_id=conversation.id, answers_id=question.id, text="On it", uid=uuid4())
    conversation.refresh_from_db()
    assert (conversation.state, conversation.waiting_ms) == (State.PENDING, None)


def test_a_note_leaves_the_customer_waiting_and_goes_nowhere(desk, workspace, conversation, agent):
    note(desk, agent, conversation_id=conversation.id, text="Ask the depot", uid=uuid4())
    conversation.refresh_from_db()
    assert conversation.waiting_ms is not None
    assert conversation.preview == "Where is my parcel?"
    assert not scoped(Delivery, workspace.id).exists()


@pytest.mark.parametrize("text", ["", "   \n", "x" * 281])
def test_what_does_not_fit_into_a_post_is_refused_in_words(desk, conversation, question, agent, text):
    with pytest.raises(Invalid):
        reply(desk, agent, conversation_id=conversation.id, answers_id=question.id, text=text, uid=uuid4())


def test_an_observer_reads_and_does_nothing_else(desk, conversation, question, observer):
    calls = [
        lambda: reply(desk, observer, conversation_id=conversation.id, answers_id=question.id, text="x", uid=uuid4()),
        lambda: note(desk, observer, conversation_id=conversation.id, text="x", uid=uuid4()),
        lambda: assign(desk, observer, conversation_id=conversation.id, user_id=None),
        lambda: resolve(desk, observer, conversation_id=conversation.id),
        lambda: mark_spam(desk, observer, conversation_id=conversation.id),
        lambda: ignore(desk, observer, conversation_id=conversation.id),
        lambda: reopen(desk, observer, conversation_id=conversation.id),
        lambda: split(desk, observer, conversation_id=conversation.id, message_ids=[question.id]),
        lambda: undo(desk, observer, decision_id=1),
    ]
    for call in calls:
        with pytest.raises(Denied):
            call()


def test_law_7_a_conversation_of_another_workspace_does_not_exist(desk, conversation, question, agent):
    stranger = Actor(make_workspace().id, agent.user_id, agent.role)
    with pytest.raises(NotFound):
        resolve(desk, stranger, conversation_id=conversation.id)
    with pytest.raises(NotFound):
        reply(desk, stranger, conversation_id=conversation.id, answers_id=question.id, text="x", uid=uuid4())


def test_assigning_takes_members_only_and_can_be_undone(desk, workspace, conversation, agent):
    colleague, outsider = make_user(), make_user()
    make_membership(workspace, colleague)
    with pytest.raises(NotFound):
        assign(desk, agent, conversation_id=conversation.id, user_id=outsider.id)
    decision = assign(desk, agent, conversation_id=conversation.id, user_id=colleague.id)
    conversation.refresh_from_db()
    assert conversation.assignee == colleague
    undo(desk, agent, decision_id=decision.id)
    conversation.refresh_from_db()
    assert conversation.assignee is None


@pytest.mark.parametrize("verb", [resolve, mark_spam, ignore])
def test_ending_a_conversation_can_be_undone_once(desk, conversation, agent, verb):
    waited = conversation.waiting_ms
    decision = verb(desk, agent, conversation_id=conversation.id)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.waiting_ms) == (State.RESOLVED, None)
    with pytest.raises(Conflict):
        verb(desk, agent, conversation_id=conversation.id)
    undo(desk, agent, decision_id=decision.id)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.waiting_ms) == (State.OPEN, waited)
    with pytest.raises(Conflict, match="changed since"):
        undo(desk, agent, decision_id=decision.id)


def test_law_4_reopening_an_old_conversation_beside_a_newer_open_one_is_refused(
    desk, workspace, us, conversation, agent
):
    resolve(desk, agent, conversation_id=conversation.id)
    hear(desk, workspace, dm(100 * 3_600_000, ANN, us, "Something else"))
    with pytest.raises(Conflict, match="newer open conversation"):
        reopen(desk, agent, conversation_id=conversation.id)


def test_law_4_splitting_makes_two_and_what_follows_joins_the_one_it_continues(
    desk, workspace, us, conversation, question, agent
):
    private = write_privately(desk, workspace, us)
    hear(desk, workspace, post(2, ANN, "And my refund?", mentions=[us]))
    refund = scoped(Message, workspace.id).get(network_id="2")
    second = split(desk, agent, conversation_id=conversation.id, message_ids=[refund.id])
    hear(desk, workspace, post(3, ANN, "the refund I mean", reply_to=2), dm(900, ANN, us, "4711 again"))
    rows = scoped(Message, workspace.id)
    assert rows.get(network_id="3").conversation_id == second.id
    assert rows.get(network_id="900").conversation_id == conversation.id == rows.get(id=private.id).conversation_id
    with pytest.raises(Invalid, match="at least one"):
        split(
            desk,
            agent,
            conversation_id=second.id,
            message_ids=rows.filter(conversation=second).values_list("id", flat=True),
        )


def test_every_verb_leaves_one_decision_numbered_in_order(desk, workspace, conversation, question, agent):
    before = scoped(Decision, workspace.id).count()
    reply(desk, agent, conversation_id=conversation.id, answers_id=question.id, text="On it", uid=uuid4())
    resolve(desk, agent, conversation_id=conversation.id)
    seqs = list(scoped(Decision, workspace.id).order_by("seq").values_list("seq", "verb"))
    assert [verb for _, verb in seqs[before:]] == ["replied", "resolved"]
    assert [seq for seq, _ in seqs] == list(range(1, len(seqs) + 1))
