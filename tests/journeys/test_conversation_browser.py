"""A conversation and its pane in a real browser: the drawer takes the keyboard and gives it back, photos open large."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from careline.actions import context, converse, steer
from careline.channels.base import Refused
from careline.domain.facts import DmRead, Parsed
from careline.engines.blobs_disk import DiskBlobs
from careline.server.config import read_config
from careline.store.models import Attachment, Message
from journeys.desk import Web, live, open_desk
from support.axe import assert_accessible
from support.chromium import chromium

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

HOSTILE = (
    "a"
    + "\u0301" * 10_000
    + "\n\u202e\u2067gnol\n"
    + "W" * 600
    + "\n"
    + "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 400
)


def _photos(web: Web, message: Message, kinds: tuple[str, ...]) -> None:
    """Media of these kinds on the message: kept ones with a real picture, "wanted" and "failed" ones without."""
    blobs = DiskBlobs(read_config().blobs_dir)
    for number, kind in enumerate(kinds):
        data = io.BytesIO()
        Image.new("RGB", (320 + number, 200), (40 * number, 90, 120)).save(data, "PNG")
        bare = kind in ("wanted", "failed")
        Attachment.objects.create(
            id=message.id + 100 + number,
            workspace=web.customers.workspace,
            message=message,
            key=f"k{number}",
            position=number,
            kind="photo" if bare else kind,
            url="https://pbs.example/x",
            alt="" if number else "A torn parcel",
            state=kind if bare else "kept",
            not_before_ms=2**60,
            blob="" if bare else blobs.put(web.customers.workspace.id, data.getvalue()),
            width=320 + number,
            height=200,
            duration_ms=75_000 if kind == "video" else None,
        )


def _everything(web: Web) -> int:
    """A conversation with all that can be shown; its id."""
    customers, desk = web.customers, context.current()
    post = Message.objects.get(workspace=customers.workspace)
    customers.beside("onlooker", post, "They never answer")
    customers.post("lena", HOSTILE)
    _photos(web, post, ("photo", "photo", "video", "animated_gif"))
    converse.reply(
        desk, web.actor, conversation_id=post.conversation_id, answers_id=post.id, text="Sorry!", uid=uuid4()
    )
    _settle(web, Refused(True, "not_summoned", "no"))
    private = customers.dm("lena", "My order is 4711")
    _photos(web, private, ("wanted", "failed"))
    converse.direct(
        desk, web.actor, conversation_id=post.conversation_id, account_id=customers.account.id, text="Hi", uid=uuid4()
    )
    steer.assign(desk, web.actor, conversation_id=post.conversation_id, user_id=web.actor.user_id)
    return int(post.conversation_id or 0)


def _settle(web: Web, outcome: Any) -> None:
    from careline.actions import outbox

    for lease in outbox.lease(context.current(), "test", slots=10):
        assert outbox.begin(context.current(), lease)
        outbox.settle(context.current(), lease, outcome)


def _open(page: Page, web: Web, conversation_id: int) -> None:
    page.goto(f"{web.base}/open/{conversation_id}/")
    live(page)


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_drawer_takes_the_keyboard_and_gives_it_back(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 1024, "height": 768})
        _open(page, web, conversation_id)
        pane, button = page.locator("#context"), page.locator("[data-context]")
        expect(pane).to_be_hidden()
        expect(button).to_have_attribute("aria-expanded", "false")
        button.focus()
        page.keyboard.press("i")
        expect(pane).to_be_visible()
        expect(page.locator("[data-context-close]")).to_be_focused()
        for _ in range(30):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('#context') !== null")
        # News in between leave the drawer as it is, and are in it.
        web.do(web.customers.beside, "bystander", web.do(lambda: Message.objects.earliest("id")), "Me too")
        web.do(web.customers.dm, "lena", "Are you there?")
        expect(page.locator(".message-text", has_text="Are you there?")).to_have_count(1)
        expect(pane).to_contain_text("Bystander")
        expect(pane).to_be_visible()
        expect(page.get_by_role("dialog", name="Customer")).to_be_visible()
        page.keyboard.press("Escape")
        expect(pane).to_be_hidden()
        expect(button).to_be_focused()
        assert not page.troubles


def test_the_column_stays_as_this_browser_left_it(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 1440, "height": 900})
        _open(page, web, conversation_id)
        pane = page.locator("#context")
        expect(pane).to_be_visible()
        page.locator("#text-note").evaluate("one => document.getElementById('mode-note').click()")
        page.locator("#text-note").press_sequentially("idiom")
        expect(pane).to_be_visible()
        page.locator("#timeline").focus()
        page.keyboard.press("i")
        expect(pane).to_be_hidden()
        page.reload()
        live(page)
        expect(pane).to_be_hidden()
        page.locator("[data-context]").click()
        expect(pane).to_be_visible()
        expect(page.locator("[data-context]")).to_have_attribute("aria-expanded", "true")
        page.reload()
        expect(pane).to_be_visible()


def test_photos_open_large_and_go_on_by_arrow_keys(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 1440, "height": 900})
        _open(page, web, conversation_id)
        box = page.locator("#lightbox")
        page.locator("[data-photo]").first.focus()
        page.keyboard.press("Enter")
        expect(box).to_be_visible()
        expect(box.locator("figcaption")).to_have_text("A torn parcel")
        expect(box.get_by_role("img", name="A torn parcel")).to_be_visible()
        expect(box.locator("[data-count]")).to_have_text("1 of 2")
        page.keyboard.press("ArrowRight")
        expect(box.locator("[data-count]")).to_have_text("2 of 2")
        assert_accessible(page)
        page.keyboard.press("ArrowRight")
        expect(box.locator("[data-count]")).to_have_text("2 of 2")
        page.keyboard.press("Escape")
        expect(box).to_be_hidden()
        expect(page.locator("[data-photo]").nth(1)).to_be_focused()


def test_a_long_text_unfolds_by_keyboard_and_stays_so_when_news_come(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 1024, "height": 768})
        _open(page, web, conversation_id)
        text = page.locator(".message-text-long")
        folded = text.evaluate("one => one.clientHeight")
        page.locator(".unfold summary").focus()
        page.keyboard.press("Enter")
        unfolded = text.evaluate("one => one.clientHeight")
        assert unfolded > folded
        web.do(web.customers.dm, "lena", "Are you there?")
        expect(page.locator(".message-text", has_text="Are you there?")).to_have_count(1)
        assert text.evaluate("one => one.clientHeight") == unfolded


def test_seen_appears_by_itself(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    from careline.actions.receive import Received, receive
    from careline.channels.base import Sent

    web.do(_settle, web, Sent("990001"))
    with chromium() as browser:
        page = open_desk(browser, web)
        _open(page, web, conversation_id)
        expect(page.get_by_text("Seen ")).to_have_count(0)
        us = web.customers.account.network_id
        read = DmRead("id-lena", us, context.current().clock.now_ms() + 1000)
        web.do(receive, context.current(), web.customers.workspace.id, [Received(99, Parsed(us, (read,)))])
        expect(page.locator(".message-ours.message-private .message-foot")).to_contain_text("Seen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_every_state_passes_axe_and_fits(web: Web, scheme: str, width: int) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, color_scheme=scheme, viewport={"width": width, "height": 900})
        _open(page, web, conversation_id)
        _fits(page)
        assert_accessible(page)
        if width < 1200:
            page.locator("[data-context]").click()
            expect(page.locator("#context")).to_be_visible()
            _fits(page)
            assert_accessible(page)
            page.keyboard.press("Escape")
        web.do(steer.resolve, context.current(), web.actor, conversation_id=conversation_id)
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        assert_accessible(page)


def test_marks_piled_on_a_letter_stay_in_their_card(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 390, "height": 844})
        _open(page, web, conversation_id)
        style = page.locator(".message-text-long").evaluate("one => [getComputedStyle(one).overflowX, one.dir]")
        assert style == ["clip", "auto"]
        cards = page.locator(".message-card").evaluate_all("all => all.map((one) => one.getBoundingClientRect().right)")
        assert max(cards) <= 390


def test_on_a_phone_resolve_is_under_the_thumb(web: Web) -> None:
    conversation_id = web.do(_everything, web)
    with chromium() as browser:
        page = open_desk(browser, web, viewport={"width": 390, "height": 844})
        _open(page, web, conversation_id)
        box = page.get_by_role("button", name="Resolve").bounding_box()
        assert box is not None
        assert box["y"] > 844 / 2
        assert box["height"] >= 44
