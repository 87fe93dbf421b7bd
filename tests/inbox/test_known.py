"""Before the first letter: whether the network takes an answer, what the desk goes by, and the way round."""

from __future__ import annotations

from uuid import uuid4

import pytest

from careline.actions import converse
from careline.channels.base import Refused
from careline.store.models import Account
from inbox.test_composer import HTMX, fields, panels

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(browser, address):
    def panel(message, mode):
        return panels(browser.get(address(message.conversation)).content.decode())[1][mode]

    return panel


def test_who_names_us_can_be_answered_and_no_way_round_is_offered(customers, shown, account):
    post = customers.post("lena", f"@{account.handle} where is it?")
    for mode in ("public", "invite"):
        assert "X takes this answer: they named us in this post." in shown(post, mode)
        assert "Post it on X" not in shown(post, mode)


def test_who_answers_us_without_our_name_may_not_be_answered_and_the_way_round_stands_by(customers, shown, account):
    post = customers.post("lena", f"@{account.handle} where is it?")
    plain = customers.post("lena", "Hello?", to=post)
    panel = shown(plain, "public")
    assert "X may refuse this" in panel
    assert f"intent/tweet?in_reply_to={plain.network_id}" in panel
    Account.objects.update(capabilities={"may_answer": "anyone"})
    assert "our app may answer any post" in shown(plain, "public")


def test_a_private_answer_says_why_it_may_be_written_and_that_the_last_was_refused(
    customers, shown, desk, as_nina, clock
):
    first = customers.dm("lena")
    assert "They wrote to us privately (09:00), so we may answer." in shown(first, "private")
    converse.reply(
        desk, as_nina, conversation_id=first.conversation_id, answers_id=first.id, text="Thanks", uid=uuid4()
    )
    clock.advance(seconds=30)
    customers.network_says(Refused(True, "no_dm"))
    assert "X refused our last message to them" in shown(first, "private")
    clock.advance(minutes=1)
    customers.dm("lena", "Are you there?")
    assert "X refused our last message" not in shown(first, "private")


def test_a_way_round_without_scripts_keeps_the_answer_and_leads_there(customers, shown, browser, address, account):
    post = customers.post("lena", f"@{account.handle} where is it?")
    plain = customers.post("lena", "Hello?", to=post)
    form = fields(shown(plain, "public")) | {"text": "On its way & soon", "by_hand": "1"}
    page = browser.post(address(plain.conversation, "send/public"), form, follow=True).content.decode()
    assert "Waits for you to post it on X." in page
    [path] = {part.split('"')[0] for part in page.split('href="')[1:] if "/by-hand/" in part.split('"')[0]}
    there = browser.get(path)
    assert there.status_code == 302
    assert there["Location"].endswith(f"/intent/tweet?in_reply_to={plain.network_id}&text=On+its+way+%26+soon")
    assert browser.get(path.replace("/by-hand/", "/by-hand/9")).status_code == 404


def test_a_private_answer_cannot_be_left_to_a_person(customers, shown, browser, address):
    dm = customers.dm("lena")
    form = fields(shown(dm, "private")) | {"text": "Thanks", "by_hand": "1"}
    html = browser.post(address(dm.conversation, "send/private"), form, headers=HTMX)
    assert html.status_code == 200
    assert "Waits for you to post it" not in browser.get(address(dm.conversation)).content.decode()
