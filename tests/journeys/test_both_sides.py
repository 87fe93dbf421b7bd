"""Customer and agent at once, each in a browser, over real HTTP: one conversation, and every answer once.

The customer is on the local X's pages at phone width, the agent at the desk; nothing is reached into but by them.
With SCREENSHOTS_TO=FOLDER every step leaves pictures.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from journeys.sides import Agent, Customer, dms, look, once, photo, posts
from journeys.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_the_main_job_from_a_post_with_a_picture_to_a_resolved_private_answer(
    stack: Stack, browser: Browser, agent: Agent
) -> None:
    jana, brand = Customer(browser, stack, "Jana"), stack.brand_id()
    look(agent.page, "main-1-list")
    asked = jana.posts("@acme_example my parcel came torn", photo("box", "peru"))
    look(jana.page, "main-2-customer-posted")
    expect(agent.row(jana)).to_be_visible()
    agent.opens(jana)
    expect(agent.message("my parcel came torn").get_by_role("img").first).to_be_visible()
    look(agent.page, "main-3-arrived")

    agent.chooses("Invite to DM")
    agent.field("Public invitation").fill("Sorry! Please send us your order number.")
    agent.page.get_by_label("First line of their message").fill("My order number is ")
    look(agent.page, "main-4-invitation")
    agent.page.get_by_role("button", name="Post invitation").click()
    invited = once(lambda: posts(stack, "Please send us your order number"))
    assert invited["in_reply_to_id"] == asked

    button = jana.page.get_by_role("link", name="Send a private message")
    expect(button).to_be_visible()
    look(jana.page, "main-5-customer-invited")
    button.click()
    expect(jana.page.locator("textarea")).to_have_value("My order number is ")
    look(jana.page, "main-6-customer-writes")
    jana.writes("4711", photo("label", "teal"))
    private = agent.message("My order number is 4711")
    expect(private).to_be_visible()
    expect(private.get_by_role("img").first).to_be_visible()
    expect(agent.message("Please send us your order number")).to_contain_text("Invitation taken")
    look(agent.page, "main-7-private")

    agent.answers("Direct message", "A new one leaves today.")
    sent = once(lambda: dms(stack, "A new one leaves today."))
    assert sent["recipient_id"] == jana.id
    expect(jana.page.get_by_text("A new one leaves today.")).to_be_visible()
    look(jana.page, "main-8-customer-answered")
    jana.opens(brand)
    jana.page.goto("/messages")
    jana.page.get_by_role("link").filter(has_text="A new one leaves today.").click()
    expect(agent.message("A new one leaves today.")).to_contain_text("Seen")
    agent.page.get_by_role("button", name="Resolve").click()
    expect(agent.page.get_by_role("button", name="Undo")).to_be_visible()
    look(agent.page, "main-9-resolved")

    assert len(agent.conversations_with(jana)) == 1
    assert len(posts(stack, "Please send us your order number")) == len(dms(stack, "leaves today")) == 1
    assert agent.troubles == []


def test_of_ten_who_complain_in_one_thread_each_is_answered_in_a_conversation_of_their_own(
    stack: Stack, browser: Browser, agent: Agent
) -> None:
    first = Customer(browser, stack, "Ada")
    root = first.posts("@acme_example the app is down again")
    crowd = [Customer(browser, stack, f"Voice{number}") for number in range(10)]
    said = {one: one.replies(root, f"down for me too, dear @acme_example, says {one.handle}") for one in crowd}
    for one in crowd:
        expect(agent.row(one)).to_be_visible()
    agent.opens(crowd[0])
    thread = agent.page.get_by_role("region", name="Public thread")
    expect(thread).to_contain_text("take part")
    expect(thread).to_contain_text(crowd[1].name)
    expect(agent.timeline).not_to_contain_text(crowd[1].handle)
    look(agent.page, "thread-1-one-of-ten")
    for one in crowd[:3]:
        agent.opens(one)
        agent.answers("Answer in public", f"We are on it, {one.name}")
        answer = once(lambda one=one: posts(stack, f"We are on it, {one.name}"))
        assert answer["in_reply_to_id"] == said[one]
        one.page.goto(f"/i/status/{said[one]}")
        expect(one.page.get_by_text(f"We are on it, {one.name}")).to_be_visible()
        for other in crowd[:3]:
            if other is not one:
                expect(agent.timeline).not_to_contain_text(other.name)
    found = [agent.conversations_with(one) for one in [first, *crowd]]
    assert [len(each) for each in found] == [1] * 11
    assert len(set.union(*found)) == 11
    look(agent.page, "thread-2-answered")
    assert agent.troubles == []
    for one in [first, *crowd]:
        one.page.context.close()


def test_a_customer_who_blocked_us_is_said_in_words_and_the_text_is_kept_until_they_are_back(
    stack: Stack, browser: Browser, agent: Agent
) -> None:
    karl = Customer(browser, stack, "Karl")
    karl.posts("@acme_example where is my bike?")
    karl.writes_privately(stack.brand_id(), "It is order 99")
    expect(agent.row(karl)).to_be_visible()
    agent.opens(karl)
    expect(agent.message("It is order 99")).to_be_visible()
    karl.page.goto("/i/block/acme_example")
    karl.page.get_by_role("button", name="Do it").click()
    expect(karl.page.get_by_text("You blocked @acme_example.")).to_be_visible()

    text = f"It arrives tomorrow, {karl.name}"
    agent.answers("Direct message", text)
    refused = agent.message(text)
    expect(refused).to_contain_text("takes no direct messages from us. Answer in public.")
    look(agent.page, "refused-blocked")
    agent.page.reload()
    expect(refused).to_contain_text("Answer in public.")
    assert dms(stack, text) == []

    karl.page.goto("/settings")
    karl.page.get_by_role("button", name="Unblock").click()
    expect(karl.page.get_by_role("link", name="Block or report")).to_be_visible()
    refused.get_by_role("button", name="Try again").click()
    once(lambda: dms(stack, text))
    expect(refused).to_contain_text("Sent")
    assert agent.troubles == []


def test_a_customer_with_closed_messages_is_invited_and_reached_once_they_wrote(
    stack: Stack, browser: Browser, agent: Agent
) -> None:
    mira = Customer(browser, stack, "Mira")
    mira.page.goto("/settings")
    mira.page.get_by_label("Who may write to you").select_option("Nobody")
    mira.page.get_by_role("button", name="Save").click()
    expect(mira.page.get_by_text("Saved.")).to_be_visible()
    mira.posts("@acme_example my ticket is gone")
    expect(agent.row(mira)).to_be_visible()
    agent.opens(mira)
    agent.chooses("Direct message")
    expect(agent.field("Direct message")).to_have_count(0)
    expect(agent.page.get_by_role("region", name="Answer", exact=True)).to_contain_text(
        "They have not written to us privately. Invite them"
    )
    look(agent.page, "closed-1-not-before-they-write")

    mira.writes_privately(stack.brand_id(), "It is ticket 7")
    expect(agent.message("It is ticket 7")).to_be_visible()
    agent.page.get_by_role("button", name="Answer the newest").click()
    expect(agent.field("Direct message")).to_be_focused()
    agent.answers("Direct message", f"Here it is again, {mira.name}")
    once(lambda: dms(stack, f"Here it is again, {mira.name}"))
    expect(agent.message(f"Here it is again, {mira.name}")).to_contain_text("Sent")
    assert agent.troubles == []
