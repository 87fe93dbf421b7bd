"""Help while writing: X's count, names behind an @, times of this browser's zone, and older messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sandbox.served import Served

Browser = Callable[..., httpx.Client]
Open = Callable[..., Page]
STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.mark.parametrize(
    ("text", "weight"),
    [("", 0), ("hello", 5), ("see example.com/a/very/long/way/to/go", 27), ("你好", 4), ("👩‍👩‍👧‍👦", 2), ("a\r\nb", 3)],
)
def test_the_counter_counts_as_x_counts(x: Served, browse: Browser, text: str, weight: int) -> None:
    assert browse(x.person().id).post("/_site/weigh", data={"text": text}).json() == {"weight": weight}


def test_names_that_an_answer_carries_by_itself_do_not_count(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand"), x.person("jana")
    told = {"text": f"@{brand.username} yes", "in_reply_to": brand.says("well?")["id"]}
    assert browse(jana.id).post("/_site/weigh", data=told).json() == {"weight": 3}


def test_the_page_says_what_is_left_and_when_it_is_too_much(x: Served, visit: Open) -> None:
    page = visit(x.person().id)
    page.goto("/compose/post")
    text, left = page.get_by_label("Everyone can read this"), page.locator("output.left")
    text.fill("👩‍👩‍👧‍👦" * 139)
    expect(left).to_have_text("2 left")
    text.fill("👩‍👩‍👧‍👦" * 141)
    expect(left).to_have_text("-2 left")
    expect(left).to_have_class(re.compile("over"))


def test_who_is_verified_has_more_room(x: Served, visit: Open) -> None:
    page = visit(x.person(verified_type="blue").id)
    page.goto("/compose/post")
    page.get_by_label("Everyone can read this").fill("x" * 24_990)
    expect(page.locator("output.left")).to_have_text("10 left")


def test_a_name_is_chosen_by_keyboard(x: Served, visit: Open) -> None:
    for name in ("Able Parcels (example)", "Baker Parcels (example)"):
        x.control("people", username=f"find{name[:4].strip().lower()}", name=name)
    page = visit(x.person().id)
    page.goto("/compose/post")
    text = page.get_by_label("Everyone can read this")
    text.press_sequentially("Dear @find")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(page.get_by_role("status").get_by_text("2 people")).to_be_attached()
    chosen = text.get_attribute("aria-activedescendant")
    assert chosen and page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    assert Axe().run(page, options=STANDARDS).violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    second = options.nth(1).get_attribute("data-username")
    text.press("ArrowDown")
    text.press("Enter")
    expect(text).to_have_value(f"Dear @{second} ")
    expect(options).to_have_count(0)
    text.press_sequentially("and @find")
    expect(options).to_have_count(2)
    text.press("Escape")
    expect(options).to_have_count(0)
    text.press("Enter")
    expect(text).to_have_value(f"Dear @{second} and @find\n")


def test_a_message_stands_on_the_day_and_hour_of_the_reader(
    start_x: Callable[..., Served], browser: object, tmp_path: Path
) -> None:
    clock = tmp_path / "clock.json"
    midnight = 1_789_948_800  # 21 September 2026, 00:00 UTC
    clock.write_text(json.dumps({"anchor_real": 0, "anchor_sim": midnight - 600, "rate": 0}))
    local = start_x(clock=clock)
    one, other = local.person("one"), local.person("other")
    one.writes_to(other, "before midnight")
    local.control("clock", sim=midnight + 600)
    one.writes_to(other, "after midnight")
    context = browser.new_context(base_url=local.url, timezone_id="Asia/Tokyo")  # type: ignore[attr-defined]
    context.add_cookies([{"name": "local_x_person", "value": other.id, "url": local.url}])
    page = context.new_page()
    page.goto("/messages/" + "-".join(sorted((one.id, other.id), key=int)))
    expect(page.locator(".day")).to_have_text(["21 September 2026"])
    expect(page.locator(".bubble time")).to_have_text(["08:50", "09:10"])
    context.close()


def test_older_messages_are_a_page_away(x: Served, browse: Browser) -> None:
    one, other = x.person("one"), x.person("other")
    browser = browse(one.id)
    for number in range(103):
        sent = browser.post(
            "/messages/send", data={"recipient_id": other.id, "text": f"number {number};"}, follow_redirects=False
        )
        assert sent.status_code == 303
        if number == 99:  # a full page, and nothing before it
            full = browser.get(sent.headers["location"]).text
            assert "number 0;" in full and "Earlier messages" not in full
    newest = browser.get(sent.headers["location"]).text
    assert "number 102;" in newest and "number 3;" in newest and "number 2;" not in newest
    earlier = re.search(r'href="(/messages/[0-9-]+\?before=[0-9]+)"', newest)
    assert earlier
    page = browser.get(earlier[1]).text
    assert "number 0;" in page and "number 2;" in page and "number 3;" not in page and "Newest messages" in page
