"""From one conversation to the next without a new page: address, history, what is typed, and what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from careline.actions import steer
from careline.actions.context import current
from careline.domain.ids import make_id
from careline.store.models import Conversation, Customer, Identity
from journeys.desk import Web, live, open_conversation, open_desk
from support.axe import assert_accessible
from support.chromium import chromium

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def more_customers(web: Web) -> None:
    for handle, name in (("omar", "Omar Haddad"), ("petra", "Petra Lind")):
        web.do(web.customers.post, handle, f"A question of {name}", name=name)


def same_page(page: Page) -> None:
    """Leave a mark that only a page loaded anew would not carry."""
    page.evaluate("window.here = true")


def still_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.here === true"))


def part_only(handler: Any) -> Any:
    """A handler for what is asked for in place, which lets whole pages through."""

    def handle(route: Route) -> None:
        handler(route) if "careline-part" in route.request.headers else route.continue_()

    return handle


def test_choosing_going_back_and_reloading_show_what_the_address_says(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        same_page(page)
        open_conversation(page)
        expect(page.locator("#main h1")).to_contain_text("Lena Marsh")
        expect(page.locator("#main h1")).to_be_focused()
        expect(page).to_have_title("(3) Lena Marsh · Open · Careline")
        expect(page.locator(".row [aria-current]")).to_contain_text("Lena Marsh")
        lena = page.url
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")
        expect(page.locator("#target-public")).to_contain_text("@omar")
        expect(page.locator(".row [aria-current]")).to_have_count(1)
        page.go_back()
        expect(page.locator("#main h1")).to_contain_text("Lena Marsh")
        assert page.url == lena
        page.go_back()
        expect(page.locator("#main h1")).to_have_text("Open")
        expect(page.locator("#composer")).to_have_count(0)
        page.go_forward()
        expect(page.locator("#main h1")).to_contain_text("Lena Marsh")
        expect(page.locator("#target-public")).to_contain_text("@lena")
        assert still_same_page(page)
        page.reload()
        expect(page.locator("#main h1")).to_contain_text("Lena Marsh")
        assert not still_same_page(page)
        assert page.troubles == []


def test_what_is_typed_stays_with_its_conversation(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.locator("#text-public").fill("For Lena only")
        open_conversation(page, "Omar Haddad")
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")
        expect(page.locator("#text-public")).to_have_value("")
        page.locator("#text-public").fill("For Omar only")
        expect(page.locator(".row", has_text="Lena Marsh")).to_contain_text("Draft")
        page.go_back()
        expect(page.locator("#text-public")).to_have_value("For Lena only")
        page.locator("#text-public").press("End")
        page.keyboard.type("!")
        open_conversation(page, "Omar Haddad")
        expect(page.locator("#text-public")).to_have_value("For Omar only")
        open_conversation(page)
        expect(page.locator("#text-public")).to_have_value("For Lena only!")


def test_an_answer_that_comes_too_late_is_not_shown(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        held: list[Route] = []
        lena = web.do(web.customers.conversation, "lena")
        page.route(f"**/{lena.id}/", part_only(held.append))
        page.locator("[data-row]", has_text="Lena Marsh").click()
        expect(page.locator("#main[aria-busy=true] .loading")).to_be_visible()
        page.locator("[data-row]", has_text="Omar Haddad").click()
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")
        for route in held:
            route.continue_()
        page.locator("[data-row]", has_text="Petra Lind").click()
        expect(page.locator("#main h1")).to_contain_text("Petra Lind")
        page.go_back()
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")


@pytest.mark.parametrize("trouble", ["no line", "server error", "something else"])
def test_whatever_goes_wrong_the_page_itself_comes(web: Web, trouble: str) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        same_page(page)
        answers = {
            "no line": lambda route: route.abort(),
            "server error": lambda route: route.fulfill(status=500, body="broken"),
            "something else": lambda route: route.fulfill(status=200, body="<p>a page of somebody else's</p>"),
        }
        page.route("**/open/*/", part_only(answers[trouble]))
        page.locator("[data-row]", has_text="Lena Marsh").click()
        expect(page.locator("#main h1")).to_contain_text("Lena Marsh")
        assert not still_same_page(page)


def test_views_and_search_change_in_place_and_by_key(web: Web) -> None:
    more_customers(web)
    lena = web.do(web.customers.conversation, "lena")
    web.do(lambda: steer.resolve(current(), web.actor, conversation_id=lena.id))
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        same_page(page)
        page.keyboard.press("g")
        page.keyboard.press("r")
        expect(page.locator("#view-resolved")).to_have_attribute("aria-current", "page")
        expect(page.locator(".row")).to_have_count(1)
        page.keyboard.press("/")
        page.keyboard.type("omar")
        page.keyboard.press("Enter")
        expect(page.locator(".found")).to_contain_text("omar")
        expect(page.locator(".row")).to_contain_text(["Omar Haddad"])
        assert page.url.endswith("/find/?q=omar")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")
        expect(page.locator(".found")).to_contain_text("omar")
        page.keyboard.press("/")
        page.keyboard.press("Escape")
        expect(page.locator("#view-open")).to_have_attribute("aria-current", "page")
        expect(page.locator("#find")).to_have_value("")
        page.go_back()
        expect(page.locator("#find")).to_have_value("omar")
        assert still_same_page(page)
        assert page.troubles == []


def test_resolve_and_next_works_down_the_list(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.keyboard.press("Shift+E")
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")
        expect(page.locator("#toast")).to_contain_text("Resolved.")
        expect(page.locator(".row")).to_have_count(2)
        page.keyboard.press("z")
        expect(page.locator("#toast")).to_contain_text("Taken back.")
        expect(page.locator(".row")).to_have_count(3)
        page.keyboard.press("e")
        expect(page.locator(".head-verbs")).to_contain_text("Reopen")
        expect(page.locator("#main h1")).to_be_focused()
        assert web.do(web.customers.conversation, "omar").state == "resolved"


def test_all_commands_are_found_by_name(web: Web) -> None:
    with chromium() as browser:
        page = open_desk(browser, web)
        open_conversation(page)
        page.locator("#text-public").fill("typing")
        page.keyboard.press("Control+k")
        palette = page.get_by_role("dialog", name="All commands")
        field = palette.get_by_role("combobox")
        expect(field).to_be_focused()
        assert_accessible(page)
        page.keyboard.type("go my")
        expect(palette.get_by_role("option")).to_have_count(1)
        expect(field).to_have_attribute("aria-activedescendant", "command-go-mine")
        page.keyboard.press("Enter")
        expect(page.locator("#view-mine")).to_have_attribute("aria-current", "page")
        page.keyboard.press("Control+k")
        page.keyboard.type("resolve")
        # Nothing is open here that could be resolved: only the view of that name is offered.
        expect(palette.get_by_role("option")).to_have_count(1)
        page.keyboard.press("Control+a")
        page.keyboard.type("zzz")
        expect(palette).to_contain_text("No command is called that")
        assert_accessible(page)
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.keyboard.press("ArrowUp")
        expect(field).to_have_attribute("aria-activedescendant", "command-help")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")
        open_conversation_of_mine_is_empty = page.locator(".row")
        expect(open_conversation_of_mine_is_empty).to_have_count(0)
        assert page.troubles == []


def test_rows_do_not_move_under_a_pointer_that_is_about_to_press_one(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        # Whoever has waited longest comes first: an older wait becomes known while the pointer is on the first row.
        first = page.locator(".row a").first
        first.focus()
        before = first.bounding_box()
        petra = web.do(web.customers.conversation, "petra")
        web.do(lambda: Conversation.objects.filter(id=petra.id).update(waiting_ms=1))
        web.do(web.customers.post, "ida", "I have only come now", name="Ida Moe")
        pill = page.locator("#pill")
        expect(pill).to_be_visible()
        expect(pill).to_have_text("Show new conversations: 1")
        assert first.bounding_box() == before
        expect(first).to_contain_text("Lena Marsh")
        expect(page.locator("#view-open .count")).to_have_text("4")
        assert_accessible(page)
        pill.click()
        expect(page.locator(".row").first).to_contain_text("Petra Lind")
        expect(page.locator(".row", has_text="Ida Moe")).to_be_visible()
        expect(pill).to_have_count(0)
        expect(page.locator(".row a").first).to_be_focused()


def test_what_is_new_since_i_looked_is_said_in_words(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        lena = page.locator(".row", has_text="Lena Marsh")
        expect(lena.locator("[data-news]")).to_be_hidden()
        web.do(web.customers.post, "lena", "Are you there?")
        expect(lena.locator("[data-news]")).to_be_visible()
        expect(lena.locator("[data-news]")).to_have_text("New")
        open_conversation(page)
        expect(lena.locator("[data-news]")).to_be_hidden()
        page.reload()
        expect(lena.locator("[data-news]")).to_be_hidden()


def test_the_next_ones_come_below_and_stay(web: Web) -> None:
    def many() -> None:
        for number in range(70):
            customer = Customer.objects.create(id=make_id(number), workspace=web.customers.workspace, created_ms=1)
            Identity.objects.create(
                id=make_id(number), workspace=web.customers.workspace, customer=customer, network="x",
                network_id=f"many-{number}", handle=f"many_{number}", handle_folded=f"many_{number}",
                name=f"Many {number}", as_of_ms=1,
            )  # fmt: skip
            Conversation.objects.create(
                id=make_id(number), workspace=web.customers.workspace, customer=customer, opened_ms=1, last_ms=1,
                waiting_ms=number + 1,
            )  # fmt: skip

    web.do(many)
    with chromium() as browser:
        page = open_desk(browser, web)
        live(page)
        same_page(page)
        expect(page.locator(".row")).to_have_count(50)
        page.get_by_role("link", name="Show the next ones").click()
        expect(page.locator(".row")).to_have_count(71)
        expect(page.locator(".row a:focus")).to_contain_text("Many 50")
        web.do(web.customers.post, "ida", "One more", name="Ida Moe")
        expect(page.locator(".row")).to_have_count(72)
        assert still_same_page(page)


def test_on_a_phone_list_and_conversation_change_places(web: Web) -> None:
    more_customers(web)
    with chromium() as browser:
        page = open_desk(browser, web, **PHONE)
        live(page)
        assert_accessible(page)
        page.locator("[data-row]", has_text="Omar Haddad").click()
        expect(page.locator("#main h1")).to_contain_text("Omar Haddad")
        expect(page.locator("#side")).to_be_hidden()
        page.go_back()
        expect(page.locator("#side")).to_be_visible()
        expect(page.locator("#main")).to_be_hidden()
        expect(page.locator(".row a:focus")).to_contain_text("Omar Haddad")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
