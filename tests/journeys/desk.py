"""An agent's browser at a web process whose database the test shares: how a test gets in and what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from careline.actions.context import Actor
from inbox.customers import Customers
from support.threads import start

PASSWORD = "a long enough password"


class Web:
    """The web process and a workspace with customers; `do` works on the database beside the browser."""

    def __init__(self, port: int, customers: Customers, actor: Actor) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.customers, self.actor = customers, actor
        self.base = f"{self.origin}/{customers.workspace.slug}"

    def do(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call it in another thread: playwright keeps an event loop in this one."""
        return start(lambda: function(*arguments, **named)).result(30)


def open_desk(browser: Any, web: Web, **options: Any) -> Page:
    """A signed-in page, live; what goes wrong in its console is kept in `page.troubles`."""
    page = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB", **options).new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda one: page.troubles.append(one.text) if one.type == "error" else None)
    page.goto(f"{web.origin}/sign-in/")
    sign_in(page)
    expect(page.locator("#list")).to_be_visible()
    return page


def sign_in(page: Page, email: str = "nina@example.org") -> None:
    """Fill in the sign-in form that the page shows."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def open_conversation(page: Page, name: str = "Lena Marsh") -> None:
    """Press the customer's row in the list, and wait until the conversation is live."""
    page.locator(".row a", has_text=name).click()
    expect(page.locator("#composer")).to_be_visible()
    live(page)


def live(page: Page) -> None:
    """Wait until the page hears of what changes."""
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
