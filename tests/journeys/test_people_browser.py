"""A person's own pages and a workspace's settings in a real browser: in light and dark, wide and narrow, by axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from careline.actions import context
from careline.actions.context import Desk
from careline.domain.words import Role
from careline.engines.clock import SystemClock
from careline.engines.poke_loopback import LoopbackPoke
from careline.server.config import read_config
from support.axe import assert_accessible
from support.chromium import chromium
from support.processes import Process, free_port
from support.rows import make_account, make_membership, make_user, make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PASSWORD = "a long enough password"
PAGES = ("/preferences/", "/security/", "/password/", "/acme/settings/", "/security/app/")


@pytest.fixture
def origin(database: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web process with an admin, nina@example.org."""
    config, port = read_config(), free_port()
    poke = LoopbackPoke(config.poke_socket)
    monkeypatch.setattr(context._Installed, "desk", Desk(clock=SystemClock(), poke=poke))
    workspace = make_workspace("acme", name="Acme Parcel")
    make_account(workspace, handle="acmeparcel")
    make_membership(workspace, make_user("nina@example.org", PASSWORD, name="Nina Brandt"), Role.ADMIN)
    process = Process("careline.cli", "run", "--role", "web", env={"CARELINE_PORT": str(port)})
    process.wait_for_port(port)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    poke.close()


def enter(browser: Any, origin: str, **options: Any) -> Any:
    page = browser.new_context(locale="en-GB", **options).new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda one: page.troubles.append(one.text) if one.type == "error" else None)
    page.goto(f"{origin}/sign-in/")
    page.get_by_label("E-mail").fill("nina@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#list")).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_these_pages(origin: str, scheme: str) -> None:
    with chromium() as browser:
        page = enter(browser, origin, color_scheme=scheme)
        door = browser.new_context(locale="en-GB", color_scheme=scheme).new_page()
        door.goto(f"{origin}/sign-in/")
        assert_usable(door, "/sign-in/")
        for path in PAGES:
            page.goto(origin + path)
            assert_usable(page, path)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        assert_usable(page, "the QR code")
        assert page.troubles == []


def assert_usable(page: Any, path: str) -> None:
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        assert_accessible(page)


def test_a_look_is_shown_at_once_and_kept_by_a_form_that_needs_no_script(origin: str) -> None:
    with chromium() as browser:
        page = enter(browser, origin)
        page.goto(f"{origin}/preferences/")
        page.get_by_label("Dark").check()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.reload()
        expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
        plain = enter(browser, origin, java_script_enabled=False)
        plain.goto(f"{origin}/preferences/")
        plain.get_by_label("Dark").check()
        plain.get_by_role("button", name="Save preferences").click()
        expect(plain.get_by_role("status")).to_contain_text("Saved")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_single_keys_switched_off_in_the_help_are_off_in_every_browser(origin: str) -> None:
    with chromium() as browser:
        page, other = enter(browser, origin), enter(browser, origin)
        page.keyboard.press("?")
        with page.expect_response("**/preferences/keys"):
            page.get_by_label("Single keys work").uncheck()
        page.get_by_role("button", name="Close").click()
        other.reload()
        for one in (page, other):
            one.keyboard.press("/")
            expect(one.locator("#find")).not_to_be_focused()
