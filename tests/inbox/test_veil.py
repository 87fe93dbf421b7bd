"""Personal data in public: agents are told and helped, observers do not get to read it anywhere."""

from __future__ import annotations

import pytest
from django.test import Client

from careline.domain.words import Role
from inbox.test_composer import panels

pytestmark = pytest.mark.django_db
MAIL, PHONE = "lena.marsh@example.org", "+49 30 901820"


@pytest.fixture
def observer(person, sign_in) -> Client:
    """The browser of somebody of PR, who only reads."""
    return sign_in(person(Role.OBSERVER))


def test_an_agent_is_told_and_can_ask_for_the_post_to_be_deleted(customers, browser, address, account):
    post = customers.post("lena", f"@{account.handle} write to {MAIL} or ring {PHONE}")
    html = browser.get(address(post.conversation)).content.decode()
    assert MAIL in html
    assert "Everyone can read an e-mail address, a phone number here." in html
    invite = panels(html)[1]["invite"]
    assert "They posted an e-mail address, a phone number where everyone can read it." in invite
    assert "Please delete this post" in invite
    assert "Please delete" not in panels(html)[1]["public"]


def test_a_private_message_and_a_plain_post_are_nothing_to_point_out(customers, browser, address):
    post = customers.post("lena", "Where is order 4711-0815-2342?")
    customers.dm("lena", f"I am {MAIL}")
    assert "Everyone can read an" not in browser.get(address(post.conversation)).content.decode()


def test_an_observer_reads_none_of_it_on_any_page(customers, observer, address, account):
    post = customers.post("lena", f"@{account.handle} write to {MAIL}")
    customers.beside("omar", post, f"so do I, {PHONE} or 030 901820")
    second = customers.post("lena", f"{MAIL}, once more", to=post)
    customers.dm("lena", f"privately, too: {MAIL}")
    conversation = address(second.conversation)
    for path in (conversation, conversation + "timeline", conversation.rsplit("/", 2)[0] + "/"):
        answer = observer.get(path)
        assert answer.status_code == 200
        html = answer.content.decode()
        assert "•••" in html
        assert MAIL not in html and "901820" not in html
