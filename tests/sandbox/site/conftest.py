"""What tests of the customers' pages share: a browser without scripts, and a phone with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from sandbox.served import Served
from support.chromium import chromium

Browser = Callable[..., httpx.Client]
Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def browse(x: Served) -> Iterator[Browser]:
    """A browser without scripts, which acts as this person from the start if one is given."""
    with ExitStack() as stack:

        def start(person_id: str = "", *, at: Served = x) -> httpx.Client:
            cookies = {"local_x_person": person_id} if person_id else {}
            client = httpx.Client(base_url=at.url, cookies=cookies, follow_redirects=True, timeout=10)
            return stack.enter_context(client)

        yield start


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


@pytest.fixture
def visit(x: Served, browser: Chromium) -> Iterator[Open]:
    """A phone of its own, which acts as this person if one is given."""
    contexts = []

    def start(person_id: str = "", *, scheme: Literal["light", "dark"] = "light", **more: Any) -> Page:
        context = browser.new_context(viewport=PHONE, color_scheme=scheme, base_url=x.url, **more)  # type: ignore[arg-type]
        contexts.append(context)
        if person_id:
            context.add_cookies([{"name": "local_x_person", "value": person_id, "url": x.url}])
        return context.new_page()

    yield start
    for context in contexts:
        context.close()
