"""What is known before a letter is typed: an answer that X refuses, and its way round; an address in public."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from journeys.sides import Agent, Customer, look, once, posts
from journeys.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def strict(stack: Stack) -> Iterator[None]:
    """X lets apps answer only those who name the account."""
    stack.control("settings", summon="strict")
    yield
    stack.control("settings", summon="engaged")


def as_brand(stack: Stack, agent: Agent) -> None:
    """This browser is signed in at X as the brand, too."""
    cookie = {"name": "local_x_person", "value": stack.brand_id(), "url": stack.x_url}
    agent.page.context.add_cookies([cookie])  # type: ignore[list-item]


def posted_there(there: Page, text: str) -> None:
    field = there.get_by_role("textbox").first
    expect(field).to_have_value(text)
    there.get_by_role("button", name="Reply", exact=True).click()
    expect(there.get_by_text(text)).to_be_visible()
    there.close()


def test_a_refused_answer_goes_round_by_x_itself_and_the_next_one_is_known_before(
    stack: Stack, browser: Browser, agent: Agent, strict: None
) -> None:
    as_brand(stack, agent)
    lena = Customer(browser, stack, "Lena")
    lena.posts("@acme_example is my train late?")
    expect(agent.row(lena)).to_be_visible()
    agent.opens(lena)
    expect(agent.page.get_by_text("X takes this answer: they named us in this post.").first).to_be_visible()
    agent.answers("Answer in public", f"Five minutes, {lena.name}")
    answered = once(lambda: posts(stack, f"Five minutes, {lena.name}"))
    lena.replies(answered["id"], "Always the same")
    expect(agent.message("Always the same")).to_be_visible()
    agent.opens(lena)

    maybe = "X may refuse this: they answered us without naming us"
    expect(agent.page.locator("#known-public").get_by_text(maybe)).to_be_visible()
    look(agent.page, "by-hand-nobody-knows")
    first = f"We are sorry, {lena.name}"
    agent.answers("Answer in public", first)
    refused = agent.message(first)
    expect(refused).to_contain_text("the customer has to mention us")
    look(agent.page, "by-hand-refused")
    with agent.page.context.expect_page() as opened:
        refused.get_by_role("link", name="Post it on X").click()
    posted_there(opened.value, first)
    expect(refused).to_contain_text("Sent")

    lena.replies(once(lambda: posts(stack, first))["id"], "And tomorrow?")
    expect(agent.message("And tomorrow?")).to_be_visible()
    agent.opens(lena)
    expect(agent.page.locator("#known-public").get_by_text("It refused before.")).to_be_visible()
    second = f"Tomorrow it is on time, {lena.name}"
    agent.field("Public answer").fill(second)
    look(agent.page, "by-hand-known-before")
    with agent.page.context.expect_page() as opened:
        agent.page.locator(".panel-public").get_by_role("button", name="Post it on X").click()
    waits = agent.message(second)
    expect(waits).to_contain_text("Waits for you to post it on X")
    look(agent.page, "by-hand-waits")
    posted_there(opened.value, second)
    expect(waits).to_contain_text("Sent")
    assert len(posts(stack, lena.name)) == 3
    assert agent.troubles == []


def test_who_posts_an_address_is_asked_kindly_to_delete_it_and_to_write_privately(
    stack: Stack, browser: Browser, agent: Agent
) -> None:
    mia = Customer(browser, stack, "Mia")
    mia.posts(f"@acme_example please write to {mia.handle}@example.org about my refund")
    expect(agent.row(mia)).to_be_visible()
    agent.opens(mia)
    expect(agent.timeline.get_by_text("Everyone can read an e-mail address here.")).to_be_visible()
    agent.chooses("Invite to DM")
    agent.field("Public invitation").fill("See you there")
    look(agent.page, "personal-noticed")
    agent.page.get_by_role("button", name="Write this").click()
    asked = agent.field("Public invitation")
    expect(asked).to_have_value(re.compile("^Thank you for writing! Please delete this post.* See you there$"))
    agent.page.get_by_role("button", name="Post invitation").click()
    once(lambda: posts(stack, "Please delete this post"))
    mia.writes_privately(stack.brand_id(), "Here I am")
    expect(agent.message("Here I am")).to_be_visible()
    agent.page.goto(f"{stack.url}/demo/invitations/")
    agent.page.get_by_role("link", name=re.compile("Arrived, 1$")).first.click()
    expect(agent.page.get_by_role("region", name="Arrived").get_by_role("link", name=mia.name)).to_be_visible()
    look(agent.page, "invitations")
    assert agent.troubles == []
