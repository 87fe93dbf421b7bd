"""The operator's page: what is in force, in words, on a phone and by script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sandbox.served import Served

Open = Callable[..., Page]
STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(x: Served, visit: Open, scheme: Literal["light", "dark"]) -> None:
    page = visit(scheme=scheme)
    x.person("someone")
    page.goto("/_sandbox/")
    expect(page.get_by_text("It answers.")).to_be_visible()
    expect(page.locator("#people tr").first).to_be_visible()
    assert Axe().run(page, options=STANDARDS).violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_faults_and_limits_are_shown_and_can_be_ended(start_x: Callable[..., Served], browser: object) -> None:
    local = start_x()
    ordered = local.http.post("/_sandbox/faults", json={"target": "delivery", "kind": "drop", "count": 3})
    assert ordered.status_code == 201, ordered.text
    local.control("limits", endpoint="POST /2/tweets", limit=5)
    page = browser.new_page(base_url=local.url)  # type: ignore[attr-defined]
    page.goto("/_sandbox/")
    expect(page.locator("#faults")).to_contain_text("delivery")
    expect(page.locator("#limits")).to_contain_text("POST /2/tweets")
    page.get_by_role("button", name="End all faults").click()
    expect(page.locator("#faults")).to_contain_text("everything works")
    page.get_by_role("button", name="Back to X's own limits").click()
    expect(page.locator("#limits")).to_contain_text("X's own limits hold")
    assert local.http.get("/_sandbox/faults").json() == {"faults": []}
    page.close()


def test_the_cast_is_set_and_a_person_made(start_x: Callable[..., Served], browser: object) -> None:
    local = start_x()
    page = browser.new_page(base_url=local.url)  # type: ignore[attr-defined]
    page.goto("/_sandbox/")
    expect(page.get_by_label("Speed")).to_have_value("1")
    page.get_by_label("Speed").fill("2.5")
    page.get_by_label("Paused").check()
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#answer")).to_contain_text('"speed": 2.5')
    told = local.http.get("/_sandbox/cast").json()
    assert (told["speed"], told["paused"]) == (2.5, True)
    page.get_by_label("Username").fill("made_here")
    page.get_by_role("button", name="Make the person").click()
    expect(page.locator("#people")).to_contain_text("made_here")
    page.get_by_label("Username").fill("made_here")
    page.get_by_role("button", name="Make the person").click()
    expect(page.locator("#answer .bad")).to_contain_text("made_here")
    page.close()
