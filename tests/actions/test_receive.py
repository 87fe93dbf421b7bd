"""What the network says becomes the right messages in the right conversations (laws 1 and 4), on both databases."""

from __future__ import annotations

from uuid import uuid4

import pytest

from actions.network import dm, gone, hear, post
from careline.actions.bind import bind_sent
from careline.actions.context import Actor
from careline.actions.converse import invite, reply
from careline.actions.decisions import writing
from careline.actions.steer import ignore, mark_spam, resolve
from careline.domain.words import Direction, Ending, HandoffState, Kind, State
from careline.store.models import Change, Conversation, Handoff, Identity, Message, SetAside
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from support.databases import both_databases

pytestmark = [pytest.mark.django_db, both_databases]
ANN, BEN = "501", "502"
HOUR = 3_600_000


@pytest.fixture
def us(database, account):
    return account.network_id


def conversations(workspace):
    return list(scoped(Conversation, workspace.id).exclude(ending=Ending.WITHDRAWN).order_by("id"))


def texts(conversation):
    rows = scoped(Message, conversation.workspace_id).filter(conversation=conversation)
    return list(rows.order_by("created_ms", "id").values_list("text", flat=True))


def message(workspace, id_):
    return scoped(Message, workspace.id).get(network_id=str(id_))


def test_law_4_a_post_and_the_dm_that_follows_are_one_conversation(desk, workspace, us):
    hear(desk, workspace, post(1, ANN, "Where is it?", mentions=[us]), dm(2, ANN, us, "Order 4711"))
    (one,) = conversations(workspace)
    assert texts(one) == ["Where is it?", "Order 4711"]
    assert (one.has_public, one.has_private, one.state) == (True, True, State.OPEN)
    assert one.preview == "Order 4711"
    assert one.waiting_ms == message(workspace, 1).created_ms


def test_law_4_everyone_who_asks_in_a_thread_gets_a_conversation_of_their_own(desk, workspace, us):
    others = [post(10 + number, str(600 + number), "Same here", mentions=[us], reply_to=1) for number in range(10)]
    hear(desk, workspace, post(1, ANN, mentions=[us]), *others)
    assert len(conversations(workspace)) == 11
    assert len({one.customer_id for one in conversations(workspace)}) == 11


def test_law_4_a_stranger_in_the_thread_is_context_not_part_of_the_conversation(desk, workspace, us):
    hear(desk, workspace, post(1, ANN, mentions=[us]), post(2, BEN, "Me neither", reply_to=1, reply_to_user_id=ANN))
    (one,) = conversations(workspace)
    assert texts(one) == ["Where is my parcel?"]
    stranger = message(workspace, 2)
    assert stranger.conversation_id is None
    assert stranger.thread_id == message(workspace, 1).thread_id


def test_law_4_an_answer_to_our_post_belongs_to_its_author_not_to_whom_we_answered(desk, workspace, us):
    hear(
        desk,
        workspace,
        post(1, ANN, mentions=[us]),
        post(2, us, "We are on it", reply_to=1, reply_to_user_id=ANN),
        post(3, BEN, "And mine?", reply_to=2, root=1, reply_to_user_id=us),
    )
    first, second = conversations(workspace)
    assert texts(first) == ["Where is my parcel?", "We are on it"]
    assert texts(second) == ["And mine?"]


def test_our_own_posts_and_reposts_open_nothing(desk, workspace, us):
    hear(desk, workspace, post(1, us, "Good morning"), post(2, ANN, "RT", repost_of_id="1", mentions=[us]))
    assert conversations(workspace) == []
    assert scoped(Message, workspace.id).count() == 1


def test_what_was_written_in_the_x_app_appears_as_ours_and_answers_the_customer(desk, workspace, us):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    hear(desk, workspace, post(2, us, "On it!", reply_to=1, reply_to_user_id=ANN))
    (one,) = conversations(workspace)
    assert message(workspace, 2).direction == Direction.OUT
    assert message(workspace, 2).conversation_id == one.id
    assert one.waiting_ms is None


def test_law_1_a_child_before_its_parent_finds_its_place_when_the_parent_comes(desk, workspace, us):
    hear(desk, workspace, post(2, us, "On it!", reply_to=1, reply_to_user_id=ANN))
    assert message(workspace, 2).conversation_id is None
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    assert message(workspace, 2).conversation_id == conversations(workspace)[0].id


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2)])
@pytest.mark.parametrize("together", [True, False])
def test_law_1_our_second_post_in_a_row_goes_with_our_first(desk, workspace, us, order, together):
    told = {
        1: post(1, ANN, mentions=[us]),
        2: post(2, us, "On it", reply_to=1, reply_to_user_id=ANN),
        3: post(3, us, "It left yesterday", reply_to=2, root=1, reply_to_user_id=us),
    }
    facts = [told[number] for number in order]
    for part in [facts] if together else [[fact] for fact in facts]:
        hear(desk, workspace, *part)
    (one,) = conversations(workspace)
    assert texts(one) == ["Where is my parcel?", "On it", "It left yesterday"]


def test_law_1_a_quote_before_the_quoted_post_becomes_a_question_when_we_learn_that_it_is_ours(desk, workspace, us):
    hear(desk, workspace, post(2, ANN, "Really?", quoted_id="1"))
    assert conversations(workspace) == []
    hear(desk, workspace, post(1, us, "We never lose parcels"))
    assert texts(conversations(workspace)[0]) == ["Really?"]


def test_law_1_the_same_event_by_three_roads_is_one_message_seen_by_each_account(desk, workspace, us):
    for _ in range(3):
        hear(desk, workspace, post(1, ANN, mentions=[us]), account_id=us)
    assert scoped(Message, workspace.id).count() == 1
    (row,) = dump(workspace.id)["messages"]
    assert row["seen_by"] == [us]


def test_law_1_a_tombstone_before_its_post_leaves_no_words(desk, workspace, us):
    receipt = hear(desk, workspace, gone(1))
    assert receipt.redact == []
    receipt = hear(desk, workspace, post(1, ANN, "secret", mentions=[us], pictures=["p1"]))
    row = message(workspace, 1)
    assert row.text == ""
    assert row.deleted_ms is not None
    assert len(receipt.redact) == 1
    assert dump(workspace.id)["messages"][0]["media"] == []


def test_law_1_a_deletion_empties_the_message_and_asks_for_every_copy_in_the_log(desk, workspace, us):
    hear(desk, workspace, post(1, ANN, "secret", mentions=[us], pictures=["p1"]))
    hear(desk, workspace, post(1, ANN, "secret", mentions=[us], pictures=["p1"]))
    receipt = hear(desk, workspace, gone(1))
    assert message(workspace, 1).text == ""
    assert len(receipt.redact) == 2
    assert conversations(workspace)[0].preview == ""


def test_law_1_an_edit_before_its_original_keeps_the_latest_words_and_the_first_name(desk, workspace, us):
    hear(desk, workspace, post(5, ANN, "Where is my parcel now?", versions=("1", "5"), mentions=[us]))
    hear(desk, workspace, post(1, ANN, "Where is my", versions=("1",), mentions=[us]))
    row = scoped(Message, workspace.id).get()
    assert (row.network_id, row.text) == ("1", "Where is my parcel now?")
    hear(desk, workspace, post(9, us, "There", reply_to=5, reply_to_user_id=ANN))
    assert message(workspace, 9).conversation_id == row.conversation_id
    hear(desk, workspace, gone(5))
    assert scoped(Message, workspace.id).get(network_id="1").text == ""


def test_law_1_the_newest_profile_wins_whichever_came_first(desk, workspace, us):
    from careline.actions.receive import Received, receive
    from careline.domain.facts import Parsed, Profile

    new = Received(901, Parsed(us, (dm(9, ANN, us),), (Profile(ANN, "newname", "New"),)))
    old = Received(902, Parsed(us, (dm(1, ANN, us),), (Profile(ANN, "oldname", "Old"),)))
    receive(desk, workspace.id, [new])
    receive(desk, workspace.id, [old])
    assert scoped(Identity, workspace.id).get().handle == "newname"


def test_a_message_after_the_resolve_reopens_and_much_later_opens_a_linked_one(desk, workspace, us, agent, clock):
    hear(desk, workspace, dm(1, ANN, us))
    first = conversations(workspace)[0]
    clock.advance(1000)
    resolve(desk, agent, conversation_id=first.id)
    hear(desk, workspace, dm(5000, ANN, us, "One more thing"))
    first.refresh_from_db()
    assert first.state == State.OPEN
    resolve(desk, agent, conversation_id=first.id)
    hear(desk, workspace, dm(100 * HOUR, ANN, us, "Something else"))
    second = conversations(workspace)[1]
    assert second.prior_id == first.id
    assert texts(second) == ["Something else"]


def test_law_1_a_late_older_message_takes_the_provisional_conversation_back(desk, workspace, us, agent, clock):
    hear(desk, workspace, dm(1, ANN, us))
    first = conversations(workspace)[0]
    clock.advance(1000)
    resolve(desk, agent, conversation_id=first.id)
    hear(desk, workspace, dm(100 * HOUR, ANN, us, "Late"))
    assert len(conversations(workspace)) == 2
    hear(desk, workspace, dm(5000, ANN, us, "Soon"))
    (one,) = conversations(workspace)
    assert texts(one) == ["My number is 4711", "Soon", "Late"]
    assert one.state == State.OPEN


def test_what_a_person_has_acted_on_stays_where_it_is(desk, workspace, us, agent, clock):
    hear(desk, workspace, dm(1, ANN, us))
    first = conversations(workspace)[0]
    clock.advance(1000)
    resolve(desk, agent, conversation_id=first.id)
    hear(desk, workspace, dm(100 * HOUR, ANN, us, "Late"))
    second = conversations(workspace)[1]
    ignore(desk, agent, conversation_id=second.id)
    hear(desk, workspace, dm(5000, ANN, us, "Soon"))
    assert len(conversations(workspace)) == 2
    assert texts(first) == ["My number is 4711"]
    assert texts(second) == ["Soon", "Late"]


def test_spam_stays_under_spam(desk, workspace, us, agent):
    hear(desk, workspace, dm(1, ANN, us))
    mark_spam(desk, agent, conversation_id=conversations(workspace)[0].id)
    hear(desk, workspace, dm(200 * HOUR, ANN, us, "Buy now"))
    (one,) = conversations(workspace)
    assert (one.state, one.ending, one.waiting_ms) == (State.RESOLVED, Ending.SPAM, None)


def test_an_invitation_arrives_with_the_dm_that_answers_it(desk, workspace, us, agent, clock):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    (one,) = conversations(workspace)
    clock.advance(10)
    sent = invite(
        desk, agent, conversation_id=one.id, answers_id=message(workspace, 1).id, text="Write to us", first_line="",
        uid=uuid4(),
    )  # fmt: skip
    assert scoped(Handoff, workspace.id).get().state == HandoffState.PLANNED
    with writing(desk, Actor(workspace.id)) as journal:
        bind_sent(journal, sent, "20", clock.now_ms())
    hear(desk, workspace, dm(500, ANN, us, "Order 4711"))
    handoff = scoped(Handoff, workspace.id).get()
    assert handoff.state == HandoffState.ARRIVED
    assert handoff.arrived_with == message(workspace, 500)
    assert len(conversations(workspace)) == 1


def test_our_own_message_coming_back_before_the_answer_settles_the_delivery_once(desk, workspace, us, agent):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    (one,) = conversations(workspace)
    sent = reply(desk, agent, conversation_id=one.id, answers_id=message(workspace, 1).id, text="On it", uid=uuid4())
    sent.deliveries.update(state="sending", begun_ms=desk.clock.now_ms())
    hear(desk, workspace, post(20, us, "On it", reply_to=1, reply_to_user_id=ANN))
    sent.refresh_from_db()
    assert sent.network_id == "20"
    assert sent.deliveries.get().state == "sent"
    assert scoped(Message, workspace.id).filter(kind=Kind.POST).count() == 2


def test_an_echo_that_came_first_is_absorbed_when_the_answer_names_it(desk, workspace, us, agent):
    hear(desk, workspace, post(1, ANN, mentions=[us]))
    (one,) = conversations(workspace)
    sent = reply(desk, agent, conversation_id=one.id, answers_id=message(workspace, 1).id, text="On it", uid=uuid4())
    hear(desk, workspace, post(20, us, "On it", reply_to=1, reply_to_user_id=ANN, mentions=[ANN]))
    assert scoped(Message, workspace.id).count() == 3
    with writing(desk, Actor(workspace.id)) as journal:
        bind_sent(journal, sent, "20", 5)
    sent.refresh_from_db()
    assert scoped(Message, workspace.id).count() == 2
    assert (sent.network_id, sent.mentions, sent.conversation_id) == ("20", [ANN], one.id)


def test_changes_are_numbered_without_gaps_and_name_what_was_touched(
    desk, workspace, us, pokes, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        hear(desk, workspace, post(1, ANN, mentions=[us]), dm(2, BEN, us))
    seqs = list(scoped(Change, workspace.id).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    touched = set(scoped(Change, workspace.id).filter(what="conversation").values_list("conversation_id", flat=True))
    assert touched == {one.id for one in conversations(workspace)}
    assert pokes == [workspace.id]
    assert not scoped(SetAside, workspace.id).exists()
