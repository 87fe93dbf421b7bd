"""Who signs, what: the text that is kept is the text that leaves, and the text that is looked for (law 2)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.network import dm, hear, post
from careline.actions.converse import direct, invite, note, reply
from careline.actions.errors import Invalid
from careline.channels.base import Shown
from careline.delivery import matching
from careline.delivery.targets import outbound
from careline.domain.signature import is_signed, sign, unsigned
from careline.domain.text import same_text
from careline.domain.weighted_text import weight
from careline.store.models import Conversation, Delivery, Message, User
from careline.store.scoped import scoped
from support.databases import both_databases

ANN, BOB, CAI = "501", "502", "503"


@pytest.fixture
def us(database, account):
    return account.network_id


@pytest.fixture
def signing(workspace, agent):
    """Makes the workspace want signatures; the agent is Nina Brandt."""
    User.objects.filter(id=agent.user_id).update(name="Nina Brandt", initials="")

    def want(which=True):
        workspace.settings = {"undo_send_s": 0, "signature": which}
        workspace.save()

    return want


def asked(desk, workspace, us, **fields):
    hear(desk, workspace, post(1, ANN, mentions=[us, *fields.pop("mentions", ())], **fields))
    return scoped(Message, workspace.id).get(network_id="1")


def answer(desk, actor, question, text, **more):
    return reply(
        desk, actor, conversation_id=question.conversation_id, answers_id=question.id, text=text, uid=uuid4(), **more
    )


@both_databases
@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["On it", "On it ^NB", "On it ^nb ", "On it\n"])
def test_law_2_a_signed_text_is_stored_sent_and_looked_up_as_one(desk, workspace, us, agent, signing, typed):
    signing()
    message = answer(desk, agent, asked(desk, workspace, us), typed)
    delivery = scoped(Delivery, workspace.id).select_related("message", "account", "identity").get()
    assert message.text.upper() == "ON IT ^NB"
    assert outbound(delivery).text == message.text
    shown = Shown("77", message.text, message.created_ms)
    assert matching.ours(message.text, [shown], since_ms=message.created_ms, is_taken=lambda _id: False) == shown


@both_databases
@pytest.mark.django_db
def test_posts_are_signed_and_private_messages_only_where_the_workspace_says_all(
    desk, workspace, account, us, agent, signing
):
    question = asked(desk, workspace, us)
    hear(desk, workspace, dm(500, ANN, us))
    at = {"conversation_id": question.conversation_id}
    for which, private in ((False, "Hi"), (True, "Hi"), ("all", "Hi ^NB")):
        signing(which)
        assert direct(desk, agent, account_id=account.id, text="Hi", uid=uuid4(), **at).text == private
        assert note(desk, agent, text="Hi", uid=uuid4(), **at).text == "Hi"
        public = answer(desk, agent, question, f"Yes {which}", confirmed=True)
        assert is_signed(public.text, "NB") is bool(which)
    invited = invite(
        desk, agent, answers_id=question.id, text="Write us", first_line="", uid=uuid4(), confirmed=True, **at
    )
    assert invited.text == "Write us ^NB"
    assert scoped(Conversation, workspace.id).count() == 1


@both_databases
@pytest.mark.django_db
def test_the_signature_counts(desk, workspace, us, agent, signing):
    signing()
    question = asked(desk, workspace, us)
    with pytest.raises(Invalid, match="this is 1 too many"):
        answer(desk, agent, question, "x" * 277)
    assert weight(answer(desk, agent, question, "x" * 276).text) == 280


@both_databases
@pytest.mark.django_db
def test_names_that_the_network_puts_in_front_are_not_kept_twice(desk, workspace, account, us, agent):
    question = asked(desk, workspace, us, mentions=[BOB], text=f"@{account.handle} @bob_x where is it?")
    assert answer(desk, agent, question, f"@user{ANN} @bob_x we are on it").text == "we are on it"
    assert answer(desk, agent, question, f"we ask @user{ANN}").text == f"we ask @user{ANN}"
    left_out = answer(desk, agent, question, "@bob_x is right", leave_out=[BOB])
    assert left_out.text == "@bob_x is right"


@both_databases
@pytest.mark.django_db
def test_others_can_be_left_out_and_the_customer_never(desk, workspace, us, agent):
    question = asked(desk, workspace, us, mentions=[BOB, CAI])
    message = answer(desk, agent, question, "On it", leave_out=[BOB, ANN, us, "999"])
    delivery = scoped(Delivery, workspace.id).select_related("message", "account", "identity").get()
    assert message.shape["leave_out"] == [BOB]
    assert outbound(delivery).leave_out == (BOB,)


@given(st.text(), st.sampled_from(["AB", "N", "ÖZ", ""]))
def test_signing_twice_is_signing_once_and_a_signature_comes_off_again(text, letters):
    once = sign(text, letters)
    assert sign(once, letters) == once
    if letters and text.strip():
        assert is_signed(once, letters)
    if not is_signed(text, letters):
        assert same_text(unsigned(once, letters), text)
