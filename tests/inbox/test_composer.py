"""Speaking: to whom, who will read it, asked once more where it matters, sent once, and never lost while typed."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from careline.actions import converse, drafts
from careline.store.models import Draft, Message

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def panels(html):
    """Each panel of the composer by its mode, and the mode that is chosen."""
    composer = html.split('<section id="composer"')[1].split("</section>")[0]
    chosen = re.search(r'id="mode-(\w+)" value="\w+" checked', composer)[1]
    parts = re.split(r'class="panel panel-(\w+)"', composer)[1:]
    return chosen, dict(zip(parts[::2], parts[1::2], strict=True))


def fields(panel):
    return dict(re.findall(r'<input type="hidden" name="(uid|answers|account|seen|seen_ours)" value="([^"]+)"', panel))


@pytest.fixture
def say(browser, address):
    """Fill in the panel that the page shows and send it."""

    def send(conversation, mode, text, **more):
        _chosen, found = panels(browser.get(address(conversation)).content.decode())
        form = fields(found[mode]) | {"text": text} | more
        return browser.post(address(conversation, f"send/{mode}"), form, headers=HTMX)

    return send


def outgoing():
    return [(one.kind, one.audience, one.text) for one in Message.objects.filter(direction="out").order_by("id")]


def test_law_3_the_first_panel_follows_the_customers_last_message(customers, browser, address, clock):
    post = customers.post("lena")
    assert panels(browser.get(address(post.conversation)).content.decode())[0] == "public"
    clock.advance(minutes=1)
    customers.dm("lena")
    assert panels(browser.get(address(post.conversation)).content.decode())[0] == "private"
    clock.advance(minutes=1)
    customers.post("lena", "And in public again")
    assert panels(browser.get(address(post.conversation)).content.decode())[0] == "public"


def test_law_3_each_panel_names_its_audience_the_account_and_what_is_answered(customers, browser, address, account):
    post = customers.post("lena", "Where is it?", name="Lena Marsh")
    customers.dm("lena", "4711")
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert "Everyone can read this." in found["public"]
    assert f"@{account.handle} answers @lena’s post of 09:00:" in found["public"]
    assert "Where is it?" in found["public"]
    assert "Only Lena Marsh can read this." in found["private"]
    assert "4711" in found["private"]
    assert "Only your team can read this." in found["note"]
    assert "Everyone can read this." in found["invite"]


def test_the_account_that_is_announced_is_the_one_that_speaks(customers, browser, address, say, account, workspace):
    post = customers.post("lena")
    say(post.conversation, "public", "Hello")
    assert Message.objects.get(direction="out").account_id == account.id


def test_an_answer_goes_out_in_public_and_the_composer_comes_back_empty(customers, say):
    post = customers.post("lena")
    answer = say(post.conversation, "public", "We look into it.\r\nPromise.")
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "desk:changed"
    assert outgoing() == [("post", "public", "We look into it.\nPromise.")]
    assert (
        "We look into it"
        not in panels(answer.content.decode())[1]["public"].split("<textarea")[1].split("</textarea>")[0]
    )


def test_law_3_speaking_in_public_where_private_messages_are_asks_first_in_words(customers, say, browser, address):
    post = customers.post("lena")
    customers.dm("lena")
    asked = say(post.conversation, "public", "Your order 4711 is on its way")
    html = asked.content.decode()
    assert asked.status_code == 409
    assert "will be visible to everyone" in html
    assert 'name="confirmed" value="1"' in html
    assert outgoing() == []
    _chosen, found = panels(html)
    assert "Your order 4711 is on its way" in found["public"]
    form = fields(found["public"]) | {"text": "It is on its way", "confirmed": "1"}
    assert browser.post(address(post.conversation, "send/public"), form, headers=HTMX).status_code == 200
    assert outgoing() == [("post", "public", "It is on its way")]


def test_law_3_a_private_panel_never_speaks_in_public_whatever_the_form_says(customers, browser, address):
    post = customers.post("lena")
    dm = customers.dm("lena")
    for mode, answers in (("private", post.id), ("public", dm.id)):
        form = {"text": "secret", "uid": str(uuid4()), "answers": answers, "confirmed": "1"}
        assert browser.post(address(post.conversation, f"send/{mode}"), form, headers=HTMX).status_code == 422
    assert outgoing() == []


def test_law_5_the_private_panel_is_closed_with_the_reason_until_they_write(customers, browser, address, clock, say):
    post = customers.post("lena")
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert "They have not written to us privately" in found["private"]
    assert "<textarea" not in found["private"]
    form = {"text": "Hi", "uid": str(uuid4()), "account": customers.account.id, "seen": post.id}
    refused = browser.post(address(post.conversation, "send/private"), form, headers=HTMX)
    assert refused.status_code == 422
    customers.dm("lena")
    assert say(post.conversation, "private", "Hello").status_code == 200
    clock.advance(minutes=1)
    customers.dm("lena", "STOP")
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert "asked us to stop" in found["private"]
    assert outgoing() == [("dm", "private", "Hello")]


def test_an_invitation_has_its_first_line_and_shows_what_became_of_it(customers, say, browser, address, clock):
    post = customers.post("lena")
    say(post.conversation, "invite", "Please write to us", first_line="My order: ")
    message = Message.objects.get(direction="out")
    assert message.shape["invite"]["first_line"] == "My order: "
    assert "Invitation not sent yet" in browser.get(address(post.conversation)).content.decode()
    customers.network_says()
    assert "Invitation sent, no answer yet" in browser.get(address(post.conversation)).content.decode()
    clock.advance(minutes=5)
    customers.dm("lena")
    html = browser.get(address(post.conversation)).content.decode()
    assert "Invitation taken: they wrote privately" in html
    assert "The customer took the invitation" in html


def test_a_second_click_sends_nothing_more(customers, browser, address):
    post = customers.post("lena")
    for mode in ("public", "note"):
        form = {"text": "once", "uid": str(uuid4()), "answers": post.id, "seen": post.id}
        for _click in range(3):
            assert browser.post(address(post.conversation, f"send/{mode}"), form, headers=HTMX).status_code == 200
    assert outgoing() == [("post", "public", "once"), ("note", "internal", "once")]


@pytest.mark.parametrize(
    ("mode", "text", "words"),
    [
        ("public", "   ", "nothing to send yet"),
        ("public", "a" * 281, "too long"),
        ("public", "日" * 141, "too long"),
        ("invite", "a" * 257, "too long"),
        ("note", "", "nothing to send yet"),
    ],
)
def test_what_cannot_be_sent_comes_back_as_typed_with_a_way_out(customers, say, mode, text, words):
    post = customers.post("lena")
    answer = say(post.conversation, mode, text)
    assert answer.status_code == 422
    _chosen, found = panels(answer.content.decode())
    assert words in found[mode]
    assert text in found[mode]
    assert outgoing() == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", "280 left"),
        ("日本", "276 left"),
        ("https://example.org/" + "a" * 90, "257 left"),
        ("x" * 290, "10 too many"),
    ],
)
def test_the_count_is_the_networks(customers, browser, address, as_nina, desk, text, left):
    post = customers.post("lena")
    drafts.save_draft(desk, as_nina, conversation_id=post.conversation_id, mode="public", text=text, uid=None)
    assert left in panels(browser.get(address(post.conversation)).content.decode())[1]["public"]


def test_another_message_can_be_chosen_to_be_answered(customers, browser, address, clock):
    first = customers.post("lena", "The first thing")
    clock.advance(minutes=1)
    customers.post("lena", "The second thing")
    page = browser.get(address(first.conversation) + f"?answers={first.id}").content.decode()
    assert fields(panels(page)[1]["public"])["answers"] == str(first.id)
    fragment = browser.get(address(first.conversation, f"composer?answers={first.id}")).content.decode()
    assert "The first thing" in panels(fragment)[1]["public"]


def test_a_message_deleted_meanwhile_is_said_and_the_text_stays(customers, browser, address, clock):
    post = customers.post("lena")
    html = browser.get(address(post.conversation)).content.decode()
    Message.objects.filter(id=post.id).update(deleted_ms=clock.now_ms())
    form = fields(panels(html)[1]["public"]) | {"text": "Hello Lena"}
    answer = browser.post(address(post.conversation, "send/public"), form)
    assert answer.status_code == 422
    assert (
        "has deleted the message you are answering" in answer.content.decode()
        or "no public post" in answer.content.decode()
    )


def test_without_scripts_the_page_comes_back(customers, browser, address):
    post = customers.post("lena")
    form = {"text": "A note", "uid": str(uuid4())}
    answer = browser.post(address(post.conversation, "send/note"), form, follow=True)
    assert answer.redirect_chain == [(address(post.conversation), 302)]
    assert "A note" in answer.content.decode()


def test_a_draft_is_kept_for_its_author_alone_and_goes_when_sent(customers, browser, address, person, sign_in, say):
    post = customers.post("lena")
    for text in ("Dear", "Dear Lena"):
        assert browser.post(address(post.conversation, "draft/public"), {"text": text}).status_code == 204
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert ">Dear Lena</textarea>" in found["public"]
    assert "Draft" in browser.get(f"/{post.workspace.slug}/open/").content.decode()
    other = sign_in(person(name="Tom")).get(address(post.conversation)).content.decode()
    assert "Dear Lena" not in other
    say(post.conversation, "public", "Dear Lena")
    assert not Draft.objects.exists()


def test_a_save_that_comes_after_the_sending_brings_nothing_back(customers, browser, address):
    post = customers.post("lena")
    form = {"text": "once", "uid": str(uuid4()), "answers": post.id, "seen": post.id}
    browser.post(address(post.conversation, "send/public"), form, headers=HTMX)
    assert browser.post(address(post.conversation, "draft/public"), form).status_code == 204
    assert not Draft.objects.exists()


def test_an_emptied_draft_is_forgotten_and_an_endless_one_refused(customers, browser, address):
    post = customers.post("lena")
    browser.post(address(post.conversation, "draft/note"), {"text": "x"})
    browser.post(address(post.conversation, "draft/note"), {"text": "  "})
    assert not Draft.objects.exists()
    assert browser.post(address(post.conversation, "draft/note"), {"text": "x" * 20_001}).status_code == 422


def test_a_text_sent_after_the_session_had_ended_is_there_after_signing_in(customers, nina, address):
    post = customers.post("lena")
    browser = Client()
    answer = browser.post(
        address(post.conversation, "send/public"), {"text": "Three paragraphs", "uid": str(uuid4()), "answers": post.id}
    )
    assert answer.status_code == 302
    door = browser.get(answer["Location"]).content.decode()
    assert "What you wrote is kept" in door
    back = browser.post(answer["Location"], {"login": nina.email, "password": PASSWORD}, follow=True)
    chosen, found = panels(back.content.decode())
    assert chosen == "public"
    assert ">Three paragraphs</textarea>" in found["public"]
    assert outgoing() == []
    # Once: it is a draft now.
    browser.post(address(post.conversation, "draft/public"), {"text": ""})
    assert "Three paragraphs" not in browser.get(address(post.conversation)).content.decode()


def test_the_same_with_scripts_leaves_the_page(customers, address):
    post = customers.post("lena")
    answer = Client().post(address(post.conversation, "send/note"), {"text": "kept"}, headers=HTMX)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"/sign-in/?next=%2F{post.workspace.slug}%2Fopen%2F{post.conversation_id}%2F"


def test_somebody_else_who_signs_in_there_finds_nothing(customers, address, person, workspace):
    """A text kept for one workspace is not shown in another conversation, and needs a seat."""
    post = customers.post("lena")
    other = customers.post("petra")
    browser = Client()
    browser.post(address(post.conversation, "send/note"), {"text": "kept for lena"})
    tom = person(name="Tom")
    browser.post("/sign-in/", {"login": tom.email, "password": PASSWORD})
    assert "kept for lena" not in browser.get(address(other.conversation)).content.decode()


def test_a_note_is_never_sent_anywhere(customers, say):
    post = customers.post("lena")
    say(post.conversation, "note", "Careful with this one")
    note = Message.objects.get(direction="out")
    assert (note.audience, note.network_id, note.deliveries.count()) == ("internal", None, 0)


def test_private_answers_are_not_asked_about(customers, say):
    post = customers.post("lena")
    customers.dm("lena")
    assert say(post.conversation, "private", "4711 is on its way").status_code == 200
    assert outgoing() == [("dm", "private", "4711 is on its way")]


def test_limits_of_page_and_verb_are_the_same(customers, say):
    post = customers.post("lena")
    assert say(post.conversation, "public", "a" * converse.POST_WEIGHT).status_code == 200
    assert say(post.conversation, "invite", "b" * (converse.POST_WEIGHT - converse.LINK_WEIGHT)).status_code == 200


def test_an_answer_is_held_back_for_a_newer_message_and_goes_once_that_is_seen(customers, browser, address, clock):
    post = customers.post("lena", name="Lena Marsh")
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    form = fields(found["public"]) | {"text": "Which parcel?"}
    clock.advance(minutes=1)
    newer = customers.post("lena", "It has come, thank you!", to=post)
    asked = browser.post(address(post.conversation, "send/public"), form, headers=HTMX)
    _chosen, found = panels(asked.content.decode())
    assert asked.status_code == 409
    assert "has written again" in found["public"]
    assert "It has come, thank you!" in found["public"]
    assert f'href="#message-{newer.id}"' in found["public"]
    assert "Which parcel?</textarea>" in found["public"]
    assert outgoing() == []
    again = fields(found["public"]) | {"text": "Which parcel?"}
    assert browser.post(address(post.conversation, "send/public"), again, headers=HTMX).status_code == 200
    assert outgoing() == [("post", "public", "Which parcel?")]


def test_an_answer_is_held_back_when_a_colleague_has_answered_and_says_who(
    customers, browser, address, person, sign_in
):
    post = customers.post("lena")
    page = browser.get(address(post.conversation)).content.decode()
    mine = fields(panels(page)[1]["public"]) | {"text": "Mine"}
    other = sign_in(person(name="Omar Haddad"))
    theirs = fields(panels(other.get(address(post.conversation)).content.decode())[1]["public"]) | {"text": "Theirs"}
    assert other.post(address(post.conversation, "send/public"), theirs, headers=HTMX).status_code == 200
    # Without scripts the whole page comes back, with what was typed.
    asked = browser.post(address(post.conversation, "send/public"), mine)
    _chosen, found = panels(asked.content.decode())
    assert asked.status_code == 409
    assert "Omar Haddad" in found["public"]
    assert "Theirs" in found["public"]
    assert "Mine</textarea>" in found["public"]
    note = {"text": "He did it", "uid": str(uuid4())}
    assert browser.post(address(post.conversation, "send/note"), note, headers=HTMX).status_code == 200
    assert [one[2] for one in outgoing()] == ["Theirs", "He did it"]


def test_inviting_before_anything_was_said_in_public_is_remarked_on_and_not_forbidden(customers, browser, address, say):
    post = customers.post("lena")
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert "people who read along see silence" in found["invite"]
    assert "people who read along see silence" in found["private"]
    assert "see silence" not in found["public"]
    assert say(post.conversation, "invite", "Please write to us").status_code == 200
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert "see silence" not in found["invite"]


def test_an_answer_waits_so_that_it_can_be_taken_back_to_write_on(customers, browser, address, say, workspace, nina):
    workspace.settings = {"undo_send_s": 5, "signature": True}
    workspace.save()
    post = customers.post("lena")
    sent = say(post.conversation, "public", "Oh no, too soon")
    answer = Message.objects.get(direction="out")
    assert answer.text == f"Oh no, too soon ^{nina.initials}"
    assert f"message/{answer.id}/take-back" in sent.content.decode()
    customers.network_says()
    delivery = answer.deliveries.get()
    assert (delivery.state, delivery.begun_ms) == ("queued", None)
    back = browser.post(address(post.conversation, f"message/{answer.id}/take-back"), headers=HTMX)
    assert "Taken back" in back.content.decode()
    assert Draft.objects.get().text == "Oh no, too soon"
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_what_has_left_cannot_be_taken_back_and_no_text_comes_back(customers, browser, address, say):
    post = customers.post("lena")
    say(post.conversation, "public", "Gone")
    customers.network_says()
    answer = Message.objects.get(direction="out")
    back = browser.post(address(post.conversation, f"message/{answer.id}/take-back"), headers=HTMX)
    assert back.status_code == 409
    assert not Draft.objects.exists()


def test_others_whom_an_answer_notifies_are_shown_and_can_be_left_out(customers, browser, address, say):
    omar = customers.post("omar")
    post = customers.post("lena")
    Message.objects.filter(id=post.id).update(mentions=[customers.account.network_id, "id-omar"])
    _chosen, found = panels(browser.get(address(post.conversation)).content.decode())
    assert "Also notifies" in found["public"]
    assert "<span>@omar</span>" in found["public"]
    assert "Also notifies" not in panels(browser.get(address(omar.conversation)).content.decode())[1]["public"]
    assert say(post.conversation, "public", "Hello", offered="id-omar").status_code == 200
    assert Message.objects.get(direction="out").shape == {"leave_out": ["id-omar"]}
