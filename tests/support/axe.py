"""The accessibility rules that every page keeps: WCAG 2.2, levels A and AA, as axe can find them."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from support.rest import come_to_rest

#: Without tags axe adds advice of its own ("best practice"), which comes and goes with its versions.
STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def assert_accessible(page: Page, part: str | None = None) -> None:
    """No violation in the page as it stands, or in the part that the selector names, once what moves has come to rest.

    A dialog that is half faded in has the contrasts of neither state.
    """
    come_to_rest(page)
    found = Axe().run(page, part, options=STANDARDS)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
