"""A page whose movements have ended: what is half faded in is neither what it was nor what it will be."""

from __future__ import annotations

from playwright.sync_api import Page

#: Resolves when every animation that ends has ended (a spinner does not).
_AT_REST = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect?.getComputedTiming().endTime < Infinity).map((one) => one.finished))"""


def come_to_rest(page: Page) -> None:
    """Wait until nothing on the page is on its way from one look to another."""
    page.evaluate(_AT_REST)
