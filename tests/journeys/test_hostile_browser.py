"""Customers write anything: markup, letters that turn the line around, towers of marks, walls of text.

It comes over the local X as from anybody, and is looked at where an agent would: nothing runs, nothing is hidden,
nobody else's words are moved or painted over, on a desk and on a phone.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from journeys.stack import Stack, running, until
from support import layout
from support.chromium import chromium

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCRIPT = "<script>ran = 1</script><img src=x onerror='ran = 1'><svg onload='ran = 1'>"
OVERRIDE, ISOLATE, ZERO = "\u202e", "\u2067", "\u200b\u200c\u2060\ufeff"

#: Handle, shown name, public post, private message ("" for none).
WRITERS = {
    "markup": (SCRIPT, f"@acme_example {SCRIPT}", f"{SCRIPT}\"'><a href='javascript:ran=1'>x</a>"),
    "turner": (f"Turner {OVERRIDE}renruT", f"@acme_example {OVERRIDE}won ti si erehW", f"{ISOLATE}a {OVERRIDE}" * 20),
    "ghost": (f"G{ZERO}host", f"@acme_example {ZERO * 20}invisible", ZERO * 2000),
    "zalgo": ("Z\u0300\u0301\u0302" * 10, "@acme_example " + "Z" + "\u0301" * 200, "Z" + "\u0335\u0301\u0323" * 3333),
    "wall": ("W" * 50, "@acme_example " + "W" * 200, "W" * 10_000),
    "emoji": ("🎉" * 25, "@acme_example " + "🎉" * 100, "👩‍👩‍👧‍👦" * 900),
    "lines": ("Lines", "@acme_example a" + "\n" * 100 + "b", "a" + "\n" * 3000 + "b"),
    "controls": ("C\u0007\u0008trl", "@acme_example \u0001\u001b[31mred", "\u0000\u0085\u2028\u2029end"),
    "arabic": ("مريم العربية", "@acme_example أين طلبي؟ 4711 (ABC)", "رقم الطلب 4711"),
}  # fmt: skip
CALM = {"calm_first": "Calm before", "calm_last": "Calm after"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("install")) as one:
        for handle in ("calm_first", *WRITERS, "calm_last"):
            name, post, dm = WRITERS.get(handle, (CALM.get(handle, ""), f"@acme_example {handle} is waiting", ""))
            one.control("people", username=f"{handle}_x", name=name)
            one.control("posts", author=f"{handle}_x", text=post)
            if dm:
                one.control("dms", **{"from": f"{handle}_x", "to": "acme_example", "text": dm})
        one.control("people", username="novel_x", name="Novel", verified_type="blue")
        one.control("posts", author="novel_x", text="@acme_example " + "no end " * 3500)
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB").new_page()
    page.troubles = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda one: page.troubles.append(one.text) if one.type == "error" else None)
    page.on("dialog", lambda one: page.troubles.append(one.message) or one.dismiss())
    page.goto(f"{stack.url}/sign-in/")
    page.fill("input[name=login]", stack.email)
    page.fill("input[name=password]", stack.password)
    page.keyboard.press("Enter")
    until(lambda: page.locator(".row").count() >= len(WRITERS) + 3)
    yield page
    assert page.troubles == []  # type: ignore[attr-defined]
    page.context.close()


def row(page: Page, handle: str):
    return page.locator(".row").filter(has_text=f"@{handle}_x")


def test_the_list_holds_them_apart(page: Page) -> None:
    expect(row(page, "calm_last")).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert not layout.scrolls_sideways(page)
    assert layout.overlapping(page.locator(".row")) == []
    assert layout.sticking_out(page.locator(".row *:visible"), page.locator("#list")) == []
    tallest = max(box["height"] for box in layout.boxes(page.locator(".row")))
    calm = row(page, "calm_first").bounding_box()
    assert calm is not None
    assert tallest <= 2 * calm["height"]
    for handle in WRITERS:
        suspect = row(page, handle)
        suspect.scroll_into_view_if_needed()
        for side in ("preceding-sibling::li[1]", "following-sibling::li[1]"):
            neighbour = suspect.locator(f"xpath={side}")
            if neighbour.count():
                assert not layout.paints_over(page, suspect, neighbour), (handle, side)


@pytest.mark.parametrize("handle", [*WRITERS, "novel"])
def test_a_conversation_holds_them(page: Page, stack: Stack, handle: str) -> None:
    address = row(page, handle).locator("a").first.get_attribute("href")
    page.goto(f"{stack.url}{address}")
    expect(page.locator("#composer")).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert not layout.scrolls_sideways(page)
    cards = page.locator(".message-card")
    assert layout.sticking_out(page.locator(".message-card *:visible"), page.locator("#timeline")) == []
    assert layout.overlapping(page.locator(".message")) == []
    for card in cards.all():
        top = card.locator(".message-top")
        assert layout.in_order(top.locator("strong").first, top.locator("time").last), "the line was turned around"
        if handle != "markup":
            card.scroll_into_view_if_needed()
            assert not layout.paints_over(page, card.locator(".message-text").first, top), "painted over its own head"
    head, box = page.locator("#head").bounding_box(), page.locator("#composer").bounding_box()
    assert head is not None
    assert box is not None
    assert head["height"] < 260
    assert box["height"] < 844


def test_markup_is_shown_as_what_it_is(page: Page, stack: Stack) -> None:
    address = row(page, "markup").locator("a").first.get_attribute("href")
    page.goto(f"{stack.url}{address}")
    expect(page.locator(".message-text").first).to_contain_text("<script>ran = 1</script>")
    assert page.locator("#timeline a[href^='javascript:']").count() == 0
    assert page.locator("#timeline svg[onload], #timeline img[src='x'], #timeline script").count() == 0
