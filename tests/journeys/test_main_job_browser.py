"""The main job once more with an agent in a real browser: what comes appears without a reload.

With SCREENSHOTS_TO=FOLDER it leaves pictures of each step, at desktop and phone width, for a person to look at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from xdk import Client

from journeys.stack import Stack, running, until
from support.chromium import FLAGS, program

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[Stack]:
    if program() is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with running(tmp_path_factory.mktemp("install")) as one:
        yield one


@pytest.fixture
def browser(tmp_path) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=program(), headless=True, args=FLAGS,
            viewport={"width": 1440, "height": 900},
        )  # fmt: skip
        yield context
        context.close()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS_TO")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(folder) / f"main-job-{name}-{width}.png", caret="initial")
    page.set_viewport_size({"width": 1440, "height": 900})


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/sign-in/")
    page.fill("input[name=login]", stack.email)
    page.fill("input[name=password]", stack.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/demo/open/**")


def test_an_agent_in_a_browser_does_the_main_job_without_a_reload(stack, browser):
    page = browser.pages[0]
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    sign_in(page, stack)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()

    nils = stack.customer("nils_test")
    x = Client(base_url=stack.x_url, access_token=nils["access_token"])
    x.posts.create(body={"text": "@acme_example my train was cancelled, what now?"})
    row = page.get_by_role("link").filter(has_text="nils_test")
    expect(row).to_be_visible()
    picture(page, "1-arrived")
    row.click()
    expect(page.get_by_role("heading", name="Nils_Test")).to_be_visible()

    page.get_by_text("Invite to DM").click()
    page.get_by_label("Public invitation").fill("Sorry! Please send us your booking code in a message.")
    page.get_by_label("First line of their message").fill("My booking code is ")
    picture(page, "2-invitation")
    page.get_by_role("button", name="Post invitation").click()
    until(lambda: any("booking code in a message" in one["text"] for one in stack.truth()["posts"]))
    expect(page.locator("#timeline, main").get_by_text("Sent", exact=False).first).to_be_visible()

    x.direct_messages.create_by_participant_id(stack.brand_id(), {"text": "My booking code is QX47"})
    expect(page.locator("main").get_by_text("My booking code is QX47").first).to_be_visible()
    picture(page, "3-private")

    page.get_by_text("Direct message", exact=True).first.click()
    page.get_by_label("Direct message", exact=True).last.fill("Thank you, you are on the 18:04 now.")
    page.get_by_role("button", name="Send privately").click()
    until(lambda: any("18:04" in one["text"] for one in stack.truth()["dms"]))
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    picture(page, "4-resolved")
    page.goto(f"{stack.url}/demo/resolved/")
    expect(page.get_by_role("link").filter(has_text="nils_test")).to_be_visible()
    assert troubles == []
