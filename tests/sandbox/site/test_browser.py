"""The customers' pages in a real browser: by keyboard on a phone, two at once, in both colours, with hostile texts."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from sandbox.served import Served
from support.axe import assert_accessible

PHONE = {"width": 390, "height": 844}
Open = Callable[..., Page]


def a_picture() -> dict[str, object]:
    held = io.BytesIO()
    Image.new("RGB", (640, 420), (181, 101, 60)).save(held, "JPEG")
    return {"name": "box.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def press(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Press what has the focus by keyboard, once it is found by its name on a page that has come to rest.

    A page that is opened at a place in it (#end) gives the focus to that place when it has loaded.
    """
    target = page.get_by_role(role, name=name, exact=False).first
    target.wait_for()
    page.wait_for_load_state()
    page.evaluate("() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")
    target.focus()
    page.keyboard.press("Enter")


def test_a_customer_s_way_by_keyboard_on_a_phone(x: Served, visit: Open) -> None:
    brand = x.person("brand", name="Brand (example)", verified_type="business")
    page = visit()
    page.goto("/home")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Jana Example")
    page.get_by_label("Username").focus()
    page.keyboard.type(f"jana{brand.id[-8:]}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are Jana Example")).to_be_visible()

    page.get_by_label("What do you want to say").focus()
    page.keyboard.type(f"@{brand.username} my parcel is broken")
    page.get_by_label("Add up to 4 photos").set_input_files(a_picture())  # type: ignore[arg-type]
    press(page, "button", "Post")
    expect(page.get_by_alt_text("photo 1 by Jana Example")).to_be_visible()

    post_id = page.url.rpartition("/")[2]
    link = f"https://x.com/messages/compose?recipient_id={brand.id}&text={quote('Order: ')}"
    assert brand.answers(post_id, "Sorry! Please write to us", direct_message_deep_link=link).status_code == 201
    press(page, "link", "Send a private message")
    message = page.get_by_label("Only you and")
    expect(message).to_be_focused()
    expect(message).to_have_value("Order: ")
    expect(page.get_by_text("Sorry! Please write to us")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.type("4711")
    page.get_by_label("Add a photo or GIF").set_input_files(a_picture())  # type: ignore[arg-type]
    press(page, "button", "Send")
    expect(page.locator(".bubble")).to_contain_text("Order: 4711")

    press(page, "link", "Block or report")
    press(page, "button", "Do it")
    expect(page.get_by_text(f"You blocked @{brand.username}.")).to_be_visible()
    found = brand.get("/2/dm_events").json()["data"][0]
    assert found["text"].startswith("Order: 4711")


def test_two_browsers_bring_each_other_up_to_date(x: Served, visit: Open) -> None:
    one, other = x.person("one"), x.person("other")
    mine, theirs = visit(one.id), visit(other.id)
    mine.goto("/home")
    theirs.goto("/home")
    theirs.get_by_label("What do you want to say").fill("a draft of mine")
    mine.get_by_label("What do you want to say").fill("Is anybody there, one?")
    press(mine, "button", "Post")
    expect(theirs.get_by_text("Is anybody there, one?")).to_be_visible()
    expect(theirs.get_by_label("What do you want to say")).to_have_value("a draft of mine")

    mine.goto(f"/messages/compose?recipient_id={other.id}&text=hello")
    press(mine, "button", "Send")
    expect(theirs.locator("#rail").get_by_text("unread: 1")).to_be_attached()
    theirs.goto("/messages")
    theirs.get_by_text("hello").click()
    expect(mine.get_by_text("Seen")).to_be_visible()


def test_typing_is_seen_by_the_other_and_goes_by_itself(x: Served, visit: Open) -> None:
    one, other = x.person("one"), x.person("other")
    mine, theirs = visit(one.id), visit(other.id)
    pair = "-".join(sorted((one.id, other.id), key=int))
    for page in (mine, theirs):
        page.goto(f"/messages/{pair}")
    mine.get_by_label("Your private message").press_sequentially("Hi")
    expect(theirs.get_by_role("status").get_by_text("is typing")).to_be_visible()
    expect(theirs.get_by_text("is typing")).to_have_count(0, timeout=15_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_phone(x: Served, visit: Open, scheme: Literal["light", "dark"]) -> None:
    brand, jana = x.person("brand", verified_type="business"), x.person("jana")
    post = jana.says(f"@{brand.username} where is it")
    plain = jana.says("a remark of mine")
    link = f"https://x.com/messages/compose?recipient_id={brand.id}"
    brand.answers(post["id"], "Let us see", direct_message_deep_link=link)
    assert brand.writes_to(jana, "Here we are").status_code == 201
    page = visit(jana.id, scheme=scheme)
    pair = "-".join(sorted((brand.id, jana.id), key=int))
    for path in (
        *("/i/people", "/home", f"/{brand.username}", f"/i/status/{post['id']}", "/notifications", "/compose/post"),
        *("/messages", f"/messages/{pair}", f"/messages/compose?recipient_id={brand.id}", "/messages/compose"),
        *(
            "/settings",
            f"/i/block/{brand.username}",
            f"/i/edit/{plain['id']}",
            f"/i/delete/{post['id']}",
            "/nobody_at_all",
        ),
    ):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


HOSTILE = [
    "\u202eright to left for ever \u2066 and more",
    "z" + "\u0301" * 10_000,
    "W" * 25_000,
    "<img src=x onerror=alert(1)><style>*{display:none}</style>",
    "👩‍👩‍👧‍👦" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=["bidi", "marks", "long", "markup", "emoji"])
def test_a_hostile_text_stays_in_its_place(x: Served, visit: Open, text: str) -> None:
    author, reader = x.person("loud", verified_type="blue"), x.person("reader")
    post = author.says(text)
    page = visit(reader.id)
    for path in ("/home", f"/i/status/{post['id']}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        place = page.locator(f"#post-{post['id']} .text").first.bounding_box()
        assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= PHONE["width"]
    assert page.locator("img[src=x]").count() == 0
