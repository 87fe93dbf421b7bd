"""What goes wrong between two sides at work: colleagues collide, lines are cut, sessions end. Nothing is sent twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from journeys.sides import Agent, Customer, colleague, look, once, posts
from journeys.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_of_two_agents_who_answer_at_once_the_second_sees_the_first(
    stack: Stack, browser: Browser, agent: Agent
) -> None:
    omar, lena = colleague(browser, stack, "Omar"), Customer(browser, stack, "Lena")
    lena.posts("@acme_example which platform is my train on?")
    for one in (agent, omar):
        expect(one.row(lena)).to_be_visible()
        one.opens(lena)
    expect(agent.page.get_by_role("status").filter(has_text="Omar Example is reading")).to_be_visible()
    mine, theirs = f"Platform 4, {lena.name}", f"Platform 7, {lena.name}"
    omar.field("Public answer").fill(theirs)
    expect(agent.page.get_by_role("status").filter(has_text="Omar Example is writing")).to_be_visible()
    agent.field("Public answer").fill(mine)
    omar.page.get_by_role("button", name="Post in public").click()
    once(lambda: posts(stack, theirs))
    expect(agent.message(theirs)).to_be_visible()

    send = agent.page.get_by_role("button", name="Post in public")
    send.click()
    asked = agent.page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Omar Example")
    expect(asked).to_contain_text(theirs)
    look(agent.page, "collide-held-back")
    asked.get_by_text("Look first").click()
    expect(agent.field("Public answer")).to_have_value(mine)
    assert posts(stack, mine) == []
    send.click()
    once(lambda: posts(stack, mine))
    lena.page.reload()
    expect(lena.page.get_by_text(theirs)).to_be_visible()
    expect(lena.page.get_by_text(mine)).to_be_visible()
    assert len(posts(stack, lena.name)) == 2
    # The first press was refused with 409, which a browser notes; nothing else went wrong.
    assert [one for one in agent.troubles if "409 (Conflict)" not in one] == omar.troubles == []
    omar.page.context.close()


def test_a_cut_line_keeps_the_answer_and_brings_what_was_missed(stack: Stack, browser: Browser, agent: Agent) -> None:
    tom = Customer(browser, stack, "Tom")
    tom.posts("@acme_example my card is locked")
    expect(agent.row(tom)).to_be_visible()
    agent.opens(tom)
    text, field = f"Written in a tunnel, {tom.name}", agent.field("Public answer")
    field.fill(text)
    agent.page.context.set_offline(True)
    expect(agent.page.get_by_text("it will not be sent by itself")).to_be_visible()
    agent.page.get_by_role("button", name="Post in public").click()
    expect(agent.page.get_by_role("alert").filter(has_text="there is no connection to the desk")).to_be_visible()
    look(agent.page, "cut-offline")
    tom.posts("@acme_example still locked, hello?")
    agent.page.context.set_offline(False)
    agent.is_live()
    expect(agent.message("still locked, hello?")).to_be_visible()
    expect(field).to_have_value(text)
    assert posts(stack, text) == []
    send = agent.page.get_by_role("button", name="Post in public")
    send.click()
    # Tom has written again in between: it is asked for, in words, before it leaves.
    anyway = agent.page.get_by_role("button", name="Send anyway")
    expect(anyway.or_(agent.message(text)).first).to_be_visible()
    if anyway.is_visible():
        anyway.click()
    once(lambda: posts(stack, text))
    expect(field).to_have_value("")


def test_an_answer_outlives_the_session_and_is_sent_once(stack: Stack, browser: Browser, agent: Agent) -> None:
    uma = Customer(browser, stack, "Uma")
    uma.posts("@acme_example I was charged twice")
    expect(agent.row(uma)).to_be_visible()
    agent.opens(uma)
    text = f"You get it back today, {uma.name}"
    agent.field("Public answer").fill(text)
    other_tab = agent.page.context.new_page()
    other_tab.goto(f"{stack.url}/sign-out/")
    other_tab.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(other_tab.get_by_role("heading", name="Sign in")).to_be_visible()
    other_tab.close()
    agent.page.get_by_role("button", name="Post in public").click()
    asked = agent.page.get_by_role("dialog")
    expect(asked).to_contain_text("your text is kept")
    look(agent.page, "session-ended")
    asked.get_by_role("link", name="Sign in again").click()
    agent.signs_in()
    expect(agent.field("Public answer")).to_have_value(text)
    agent.is_live()
    assert posts(stack, text) == []
    agent.page.get_by_role("button", name="Post in public").click()
    once(lambda: posts(stack, text))
    expect(agent.message(text)).to_contain_text("Sent")
    agent.page.reload()
    expect(agent.field("Public answer")).to_have_value("")
