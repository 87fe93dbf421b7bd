"""Buttons: what they do, what they say, how it is taken back, and who may not."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from careline.actions import converse, steer
from careline.channels.base import Refused, Throttled
from careline.domain.words import DeliveryState, Role
from careline.store.models import Delivery, Message

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def press(client, address, conversation, verb, **form):
    return client.post(address(conversation, f"do/{verb}"), form, headers=HTMX)


def undo(client, address, conversation, toast):
    decision = re.search(r'name="decision" value="(\d+)"', toast.content.decode())
    return press(client, address, conversation, "undo", decision=decision[1])


@pytest.mark.parametrize(
    ("verb", "said", "state", "ending"),
    [
        ("resolve", "Resolved.", "resolved", "done"),
        ("spam", "Marked as spam.", "resolved", "spam"),
        ("ignore", "needs no answer", "resolved", "ignored"),
    ],
)
def test_what_ends_a_conversation_says_so_and_can_be_taken_back(customers, browser, address, verb, said, state, ending):
    conversation = customers.post("lena").conversation
    toast = press(browser, address, conversation, verb)
    assert toast.status_code == 200
    assert said in toast.content.decode()
    assert toast["HX-Trigger"] == "desk:changed"
    conversation.refresh_from_db()
    assert (conversation.state, conversation.ending) == (state, ending)
    assert "Taken back." in undo(browser, address, conversation, toast).content.decode()
    conversation.refresh_from_db()
    assert (conversation.state, conversation.ending) == ("open", "")


def test_a_second_click_on_resolve_says_that_it_was_done_already(customers, browser, address):
    conversation = customers.post("lena").conversation
    press(browser, address, conversation, "resolve")
    again = press(browser, address, conversation, "resolve")
    assert again.status_code == 409
    assert "Somebody was faster" in again.content.decode()


def test_undo_is_refused_once_somebody_else_has_acted(customers, browser, address, desk, lead):
    conversation = customers.post("lena").conversation
    toast = press(browser, address, conversation, "resolve")
    steer.reopen(desk, lead, conversation_id=conversation.id)
    assert undo(browser, address, conversation, toast).status_code == 409


def test_taking_giving_and_giving_back(customers, browser, address, nina, person):
    conversation = customers.post("lena").conversation
    tom = person(name="Tom")
    for user_id in (nina.id, tom.id):
        press(browser, address, conversation, "assign", user=user_id)
        conversation.refresh_from_db()
        assert conversation.assignee_id == user_id
    press(browser, address, conversation, "assign", user="0")
    conversation.refresh_from_db()
    assert conversation.assignee_id is None
    assert press(browser, address, conversation, "assign", user=999).status_code == 404


def test_without_scripts_the_page_comes_back_with_the_toast_once(customers, browser, address):
    conversation = customers.post("lena").conversation
    answer = browser.post(address(conversation, "do/resolve"), follow=True)
    assert answer.redirect_chain == [(address(conversation), 302)]
    html = answer.content.decode()
    assert "Resolved." in html
    assert 'action="' + address(conversation, "do/undo") in html
    assert (
        "Resolved." not in browser.get(address(conversation)).content.decode().split('id="toast"')[1].split("</div>")[0]
    )


def test_reopen(customers, browser, address):
    conversation = customers.post("lena").conversation
    press(browser, address, conversation, "resolve")
    assert "Open again." in press(browser, address, conversation, "reopen").content.decode()
    conversation.refresh_from_db()
    assert conversation.state == "open"


def test_an_observer_is_refused_every_verb_and_nothing_changes(customers, person, sign_in, address):
    post = customers.post("lena")
    client = sign_in(person(Role.OBSERVER))
    conversation = post.conversation
    before = conversation.state, conversation.assignee_id
    for verb in ("assign", "resolve", "spam", "ignore", "reopen", "undo"):
        answer = press(client, address, conversation, verb)
        assert answer.status_code == 403
        assert "Ask a lead or an admin" in answer.content.decode()
    for mode in ("public", "private", "note", "invite"):
        form = {"text": "x", "uid": str(uuid4()), "answers": "" if mode == "private" else post.id}
        assert client.post(address(conversation, f"send/{mode}"), form, headers=HTMX).status_code == 403
        assert client.post(address(conversation, f"draft/{mode}"), form).status_code == 403
    conversation.refresh_from_db()
    assert (conversation.state, conversation.assignee_id) == before
    assert Message.objects.count() == 1


def test_verbs_are_not_for_get(customers, browser, address):
    conversation = customers.post("lena").conversation
    for rest in ("do/resolve", "send/note", "draft/note", "message/1/cancel"):
        assert browser.get(address(conversation, rest)).status_code == 405


@pytest.fixture
def answered(customers, as_nina, desk):
    post = customers.post("lena")
    return converse.reply(
        desk, as_nina, conversation_id=post.conversation_id, answers_id=post.id, text="On it", uid=uuid4()
    )


def settle(client, address, message, verb, **form):
    return client.post(address(message.conversation, f"message/{message.id}/{verb}"), form, headers=HTMX)


def state(message):
    return Delivery.objects.get(message=message).state


def test_what_has_not_left_can_be_cancelled_and_says_when_it_leaves(customers, browser, address, answered, clock):
    customers.network_says(Throttled(clock.now_ms() + 32 * 60_000))
    html = browser.get(address(answered.conversation)).content.decode()
    assert "Leaves about 09:32: the limit there is used up until then" in html
    assert settle(browser, address, answered, "cancel").status_code == 200
    assert state(answered) == DeliveryState.CANCELLED
    assert "Cancelled; it was not sent" in browser.get(address(answered.conversation)).content.decode()


def test_a_refusal_is_said_in_words_and_can_be_tried_again(customers, browser, address, answered):
    customers.network_says(Refused(permanent=True, reason="duplicate", detail="duplicate content"))
    html = browser.get(address(answered.conversation)).content.decode()
    assert "X refused: our account has just posted the same text" in html
    assert "Try again" in html
    settle(browser, address, answered, "retry")
    assert state(answered) == DeliveryState.QUEUED
    assert settle(browser, address, answered, "retry").status_code == 200
    customers.network_says()
    html = browser.get(address(answered.conversation)).content.decode()
    assert "Sent" in html
    assert settle(browser, address, answered, "cancel").status_code == 409


def test_a_refusal_that_nobody_has_put_in_words_is_quoted_and_escaped(customers, browser, address, answered):
    customers.network_says(Refused(permanent=True, reason="new_code", detail="<b>No</b> today"))
    assert "X refused: “&lt;b&gt;No&lt;/b&gt; today”" in browser.get(address(answered.conversation)).content.decode()


@pytest.mark.parametrize(("verb", "then"), [("mark_sent", "sent"), ("send_again", "queued"), ("cancel", "cancelled")])
def test_law_2_what_nobody_knows_is_decided_by_a_person_who_sees_what_the_network_shows(
    browser, address, answered, verb, then
):
    shown = [{"network_id": "77", "text": "On it!", "created_ms": answered.created_ms}]
    Delivery.objects.filter(message=answered).update(state=DeliveryState.STUCK, evidence={"shown": shown})
    html = browser.get(address(answered.conversation)).content.decode()
    assert "X does not show whether this arrived" in html
    assert "On it!" in html
    assert 'name="network_id" value="77"' in html
    assert settle(browser, address, answered, verb).status_code == 200
    assert state(answered) == then


def test_a_person_can_name_the_message_that_the_network_shows(browser, address, answered):
    shown = [{"network_id": "77", "text": "On it!", "created_ms": answered.created_ms}]
    Delivery.objects.filter(message=answered).update(
        state=DeliveryState.STUCK, begun_ms=answered.created_ms, evidence={"shown": shown}
    )
    assert settle(browser, address, answered, "mark_sent", network_id="78").status_code == 422
    assert settle(browser, address, answered, "mark_sent", network_id="77").status_code == 200
    answered.refresh_from_db()
    assert answered.network_id == "77"
