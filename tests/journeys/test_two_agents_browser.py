"""Two agents at one desk, each in a browser of their own: they see each other, and neither answers past the other."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from careline.actions import outbox
from careline.domain.words import Role
from careline.store.models import Delivery, Draft, Message, Workspace
from journeys.desk import PASSWORD, Web, live, open_conversation, open_desk, sign_in
from support.axe import assert_accessible
from support.chromium import chromium
from support.rows import make_membership, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def second_agent(browser: Any, web: Web, role: Role = Role.AGENT) -> Page:
    """Omar, at the desk in a browser of his own."""
    workspace = web.customers.workspace

    def join() -> None:
        make_membership(workspace, make_user("omar@example.org", PASSWORD, name="Omar Haddad"), role)

    web.do(join)
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{web.origin}/sign-in/")
    sign_in(page, "omar@example.org")
    expect(page.locator("#list")).to_be_visible()
    return page


def test_each_sees_that_the_other_is_there_and_writes(web: Web) -> None:
    with chromium() as browser:
        nina, omar = open_desk(browser, web), second_agent(browser, web, Role.OBSERVER)
        open_conversation(nina)
        expect(nina.locator("#presence")).to_be_hidden()
        open_conversation(omar)
        expect(nina.locator("#presence")).to_contain_text("Omar Haddad is reading")
        nina.locator("#text-public").fill("We are looking")
        expect(omar.locator("#presence")).to_contain_text("Nina Brandt is writing…")
        assert_accessible(omar)
        omar.goto(f"{web.base}/open/")
        expect(nina.locator("#presence")).to_be_hidden()
        assert nina.troubles == []


def test_of_two_who_answer_at_once_the_second_looks_first(web: Web) -> None:
    with chromium() as browser:
        nina, omar = open_desk(browser, web), second_agent(browser, web)
        open_conversation(nina)
        open_conversation(omar)
        nina.locator("#text-public").fill("I have found it")
        omar.locator("#text-public").fill("Which parcel?")
        omar.get_by_role("button", name="Post in public").click()
        expect(nina.locator("#timeline")).to_contain_text("Which parcel?")
        nina.get_by_role("button", name="Post in public").click()
        asked = nina.get_by_role("alertdialog")
        expect(asked).to_contain_text("answered while you were writing")
        expect(asked).to_contain_text("Omar Haddad")
        expect(asked).to_contain_text("Which parcel?")
        assert_accessible(nina)
        asked.get_by_text("Look first").click()
        expect(nina.locator("#text-public")).to_have_value("I have found it")
        expect(nina.locator("#text-public")).to_be_focused()
        assert web.do(Message.objects.filter(direction="out").count) == 1
        nina.get_by_role("button", name="Post in public").click()
        expect(nina.locator("#timeline")).to_contain_text("I have found it")
        assert web.do(Message.objects.filter(direction="out").count) == 2


def test_a_newer_message_holds_back_and_send_anyway_sends(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.locator("#text-public").fill("Which parcel?")
        # The line to the desk is slow: the news is not on the page yet.
        page.route("**/timeline", lambda route: route.abort())
        web.do(web.customers.post, "lena", "It has just come, thanks!")
        page.get_by_role("button", name="Post in public").click()
        asked = page.get_by_role("alertdialog")
        expect(asked).to_contain_text("It has just come, thanks!")
        asked.get_by_role("button", name="Send anyway").click()
        expect(page.locator("#text-public")).to_have_value("")
        assert web.do(Message.objects.filter(direction="out").count) == 1


def test_an_answer_can_be_taken_back_while_the_toast_counts_down(web: Web) -> None:
    web.do(Workspace.objects.update, settings={"undo_send_s": 30, "signature": True})
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        expect(page.locator(".panel-public .signs")).to_have_text("ends with ^NI")
        page.locator("#text-public").fill("Too soon")
        expect(page.locator("#left-public")).to_have_text(f"{280 - len('Too soon ^NI')} left")
        page.get_by_role("button", name="Post in public").click()
        expect(page.locator("#toast")).to_contain_text("Leaves in")
        assert_accessible(page)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#toast")).to_contain_text("Taken back")
        expect(page.locator("#text-public")).to_have_value("Too soon")
        assert web.do(lambda: [one.state for one in Delivery.objects.all()]) == ["cancelled"]
        assert web.do(lambda: outbox.lease(web.customers.desk, "test", slots=1)) == []
        assert page.troubles == []


def test_a_lost_line_keeps_the_text_and_says_so(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.locator("#text-public").fill("Written in a tunnel")
        expect(page.locator(".panel-public .saved")).to_have_text("Draft saved")
        page.context.set_offline(True)
        expect(page.locator("#offline")).to_contain_text("it will not be sent by itself")
        page.get_by_role("button", name="Post in public").click()
        expect(page.locator(".panel-public [data-trouble]")).to_contain_text("there is no connection to the desk")
        expect(page.locator("#text-public")).to_have_value("Written in a tunnel")
        assert_accessible(page)
        page.context.set_offline(False)
        expect(page.locator("#offline")).to_be_hidden(timeout=15_000)
        live(page)
        assert web.do(Message.objects.filter(direction="out").count) == 0
        page.get_by_role("button", name="Post in public").click()
        expect(page.locator("#timeline")).to_contain_text("Written in a tunnel")
        assert web.do(Draft.objects.count) == 0


def test_a_desk_that_cannot_answer_says_so_and_keeps_the_text(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.locator("#text-public").fill("The disk is full")
        page.route("**/send/public", lambda route: route.fulfill(status=503, body="no"))
        page.get_by_role("button", name="Post in public").click()
        expect(page.locator(".panel-public [data-trouble]")).to_contain_text("cannot take it just now")
        expect(page.locator("#text-public")).to_have_value("The disk is full")


def test_what_is_too_long_is_marked_and_said_once(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 390, "height": 844})
        open_conversation(page)
        page.locator("#text-public").fill("@lena " + "a" * 280 + "zz")
        expect(page.locator("#left-public")).to_have_text("2 too many")
        expect(page.locator("#announce")).to_have_text("2 too many")
        expect(page.locator(".panel-public [data-overflow] mark")).to_have_text("zz")
        assert_accessible(page, "#composer")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
