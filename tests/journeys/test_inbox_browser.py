"""The agents' pages in a real browser on a real web process: live, by keyboard, on a phone, losing nothing typed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from careline.actions import context, converse
from careline.domain.weighted_text import weight
from careline.store.models import Message
from journeys.desk import Web, live, open_conversation, open_desk, sign_in
from support.axe import assert_accessible
from support.chromium import chromium

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_what_customers_write_appears_without_a_reload_and_takes_nothing_away(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        web.do(web.customers.post, "omar", "I am new here", name="Omar Haddad")
        expect(page.locator(".row", has_text="Omar Haddad")).to_be_visible()
        expect(page.locator("#view-open .count")).to_have_text("2")
        expect(page.locator("#announce")).to_have_text("New conversation: Omar Haddad")
        open_conversation(page)
        page.locator("#text-public").fill("I am writ")
        web.do(web.customers.dm, "lena", "My order is 4711")
        expect(page.locator("#timeline")).to_contain_text("My order is 4711")
        expect(page.locator("#announce")).to_have_text("New message from Lena Marsh")
        # Law 3: what is being typed still goes where it was meant to go, and the page says that there is news.
        expect(page.locator("#text-public")).to_have_value("I am writ")
        expect(page.locator("#text-public")).to_be_focused()
        expect(page.locator("#newer")).to_be_visible()
        page.get_by_role("button", name="Answer the newest").click()
        expect(page.locator("#target-private")).to_contain_text("My order is 4711")
        expect(page.locator("#text-private")).to_be_focused()
        assert page.troubles == []


def test_law_3_speaking_in_public_beside_private_messages_is_asked_in_words(web: Web) -> None:
    web.do(web.customers.dm, "lena", "My order is 4711")
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        expect(page.locator("#text-private")).to_be_visible()
        page.get_by_text("Answer in public").click()
        page.locator("#text-public").fill("Your parcel is on its way")
        page.get_by_role("button", name="Post in public").click()
        expect(page.get_by_role("alertdialog")).to_contain_text("will be visible to everyone")
        page.get_by_role("button", name="Keep writing").click()
        expect(page.locator("#text-public")).to_have_value("Your parcel is on its way")
        page.get_by_role("button", name="Post in public").click()
        page.get_by_role("button", name="Post it for everyone to read").click()
        expect(page.locator("#timeline")).to_contain_text("Your parcel is on its way")
        expect(page.locator(".message-ours .mark-public")).to_have_text("Public · Post")
        expect(page.locator("#text-private")).to_have_value("")
        assert web.do(lambda: [one.text for one in Message.objects.filter(direction="out")]) == [
            "Your parcel is on its way"
        ]


def test_the_whole_work_by_keyboard(web: Web) -> None:
    web.do(web.customers.post, "omar", "Second", name="Omar Haddad")
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        for key, name in (("j", "Lena Marsh"), ("j", "Omar Haddad"), ("k", "Lena Marsh"), ("ArrowDown", "Omar Haddad")):
            page.keyboard.press(key)
            expect(page.locator(".row a:focus")).to_contain_text(name)
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("Lena Marsh")
        live(page)
        page.keyboard.press("n")
        page.keyboard.type("rejzn?/ are only letters here")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".message-internal")).to_contain_text("rejzn?/ are only letters here")
        page.keyboard.press("r")
        expect(page.locator("#text-public")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("e")
        expect(page.locator("#toast")).to_contain_text("Resolved.")
        expect(page.locator(".head-verbs")).to_contain_text("Reopen")
        page.keyboard.press("z")
        expect(page.locator("#head .mark-state-open")).to_be_visible()
        page.keyboard.press("/")
        page.keyboard.type("oma")
        page.keyboard.press("Enter")
        expect(page.locator(".row")).to_have_count(1)
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_label("Single keys work").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.locator(".row a")).to_be_focused()
        assert page.troubles == []


def test_what_is_typed_survives_reload_lost_line_and_ended_session(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        text = page.locator("#text-public")
        text.fill("Saved on the server")
        expect(page.locator(".panel-public .saved")).to_have_text("Draft saved")
        page.evaluate("localStorage.clear()")
        page.reload()
        expect(text).to_have_value("Saved on the server")
        page.route("**/draft/*", lambda route: route.abort())
        text.fill("Kept by the browser")
        expect(page.locator(".panel-public .saved")).to_have_text("Kept in this browser")
        page.reload()
        expect(text).to_have_value("Kept by the browser")
        page.unroute("**/draft/*")
        text.fill("Written as the session ended")
        web.do(Session.objects.all().delete)
        page.get_by_role("button", name="Post in public").click()
        expect(page.get_by_role("dialog")).to_contain_text("your text is kept")
        assert_accessible(page)
        page.get_by_role("link", name="Sign in again").click()
        expect(page.locator("h1")).to_have_text("Sign in")
        expect(page.locator(".notice")).to_contain_text("What you wrote is kept")
        sign_in(page)
        expect(text).to_have_value("Written as the session ended")
        live(page)
        page.get_by_role("button", name="Post in public").click()
        expect(page.locator("#timeline")).to_contain_text("Written as the session ended")
        assert web.do(Message.objects.filter(direction="out").count) == 1
        page.reload()
        expect(text).to_have_value("")


def test_without_a_stream_the_page_asks_and_says_so(web: Web) -> None:
    with chromium() as browser:
        context_ = browser.new_context()
        context_.route("**/live?*", lambda route: route.abort())
        page = context_.new_page()
        page.goto(f"{web.origin}/sign-in/")
        sign_in(page)
        expect(page.locator("#link-state")).to_have_attribute("data-state", "polling", timeout=15_000)
        expect(page.locator("#link-state")).to_have_text("Every few seconds")
        web.do(web.customers.post, "omar", "I am new here", name="Omar Haddad")
        expect(page.locator(".row", has_text="Omar Haddad")).to_be_visible(timeout=15_000)


def test_a_double_click_sends_once(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.locator(".mode-note label").click()
        page.locator("#text-note").fill("Only once")
        page.get_by_role("button", name="Save note").dblclick()
        expect(page.locator(".message-internal")).to_have_count(1)
        expect(page.locator("#text-note")).to_have_value("")
        assert web.do(Message.objects.filter(kind="note").count) == 1


def test_on_a_phone_list_and_conversation_are_two_screens(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 390, "height": 844}, has_touch=True)
        expect(page.locator("#main")).to_be_hidden()
        open_conversation(page)
        expect(page.locator("#side")).to_be_hidden()
        for mode in ("Direct message", "Note", "Invite to DM", "Answer in public"):
            page.locator(".mode", has_text=mode).click()
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            box = page.locator(".panel:visible").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            send = page.locator(".panel:visible [data-send]")
            if send.count():
                expect(send).to_be_in_viewport(ratio=1)
        page.get_by_role("link", name="List").click()
        expect(page.locator("#side")).to_be_visible()


def test_the_reader_stays_where_they_read_when_news_come(web: Web) -> None:
    for number in range(30):
        web.do(web.customers.post, "lena", f"line {number}")
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        timeline = page.locator("#timeline")
        assert timeline.evaluate("box => Math.round(box.scrollTop)") == 0, "opens at the newest"
        target = page.locator(".message", has_text="line 3").first
        target.scroll_into_view_if_needed()
        before = target.bounding_box()
        web.do(web.customers.post, "lena", "the newest of all")
        expect(timeline).to_contain_text("the newest of all")
        after = target.bounding_box()
        assert before is not None
        assert after is not None
        assert abs(before["y"] - after["y"]) < 2


def test_the_browser_counts_as_the_server_does(web: Web) -> None:
    family, keycap = "\U0001f469\u200d\U0001f469\u200d\U0001f467", "1\ufe0f\u20e3"
    texts = [
        "",
        "plain",
        "日本語",
        f"{family} family",
        "see https://example.org/a?c=d now",
        "e\u0301",
        keycap,
        "\u00a9 \u2122",
    ]
    texts.append("a" * 300)
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        for text in texts:
            page.locator("#text-public").fill(text)
            left = 280 - weight(text)
            words = f"{left} left" if left >= 0 else f"{-left} too many"
            expect(page.locator("#left-public")).to_have_text(words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_pass_axe(web: Web, scheme: str) -> None:
    web.do(web.customers.dm, "lena", "My order is 4711")
    conversation = web.do(web.customers.conversation, "lena")
    web.do(
        lambda: converse.note(context.current(), web.actor, conversation_id=conversation.id, text="A note", uid=uuid4())
    )
    with chromium() as browser:
        page = open_desk(browser, web, color_scheme=scheme)
        live(page)
        for path in ("open/", "mine/", "find/?q=zzz", f"open/{conversation.id}/"):
            page.goto(f"{web.base}/{path}")
            live(page)
            assert_accessible(page)
        for mode in ("Note", "Invite to DM", "Answer in public"):
            page.locator(".mode", has_text=mode).click()
            assert_accessible(page)
        page.goto(f"{web.origin}/password/")
        assert_accessible(page)


def test_waiting_times_go_on_by_themselves(web: Web) -> None:
    with chromium() as browser:
        page = browser.new_context(locale="en-GB").new_page()
        page.clock.install()
        page.goto(f"{web.origin}/sign-in/")
        sign_in(page)
        live(page)
        expect(page.locator(".row .wait [data-short]")).to_have_text("now")
        page.clock.run_for(5 * 60_000)
        expect(page.locator(".row .wait [data-short]")).to_have_text("5 min")
        expect(page.locator(".row .wait [data-long]")).to_have_text("Waiting for 5 minutes")
