"""Both sides of a desk in one browser: a customer on the local X's pages, an agent on the desk's."""

from __future__ import annotations

import io
import re
import secrets
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from journeys.stack import Stack, careline, until
from support.axe import assert_accessible
from support.pictures import picture

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}

#: A machine may be crowded: what is waited for comes, but not always within five seconds.
expect.set_options(timeout=20_000)


def photo(name: str, colour: str) -> dict[str, Any]:
    """A file as a person would choose it."""
    held = io.BytesIO()
    Image.new("RGB", (640, 420), colour).save(held, "JPEG")
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def look(page: Page, name: str) -> None:
    """What every step leaves behind: no violation, nothing wider than the window, and pictures if they are wanted."""
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    picture(page, name)


class Customer:
    """Somebody on the local X's pages, on a phone of their own."""

    def __init__(self, browser: Browser, stack: Stack, name: str) -> None:
        self.stack, self.name = stack, f"{name} Example"
        self.handle = f"{name.lower()}_{secrets.token_hex(2)}"
        person = stack.control("people", username=self.handle, name=self.name)
        self.id = str(person["id"])
        context = browser.new_context(viewport=PHONE, base_url=stack.x_url, locale="en-GB")  # type: ignore[arg-type]
        context.add_cookies([{"name": "local_x_person", "value": self.id, "url": stack.x_url}])
        self.page = context.new_page()

    def posts(self, text: str, *pictures: dict[str, Any]) -> str:
        """Write a post on the square; its id."""
        self.page.goto("/home")
        self.page.get_by_label("What do you want to say").fill(text)
        if pictures:
            self.page.get_by_label("Add up to 4 photos").set_input_files(list(pictures))  # type: ignore[arg-type]
        self.page.get_by_role("button", name="Post", exact=True).click()
        expect(self.page.get_by_role("heading", name="Post")).to_be_visible()
        return self.page.url.rpartition("/")[2]

    def replies(self, post_id: str, text: str) -> str:
        """Answer below somebody's post; the answer's id."""
        self.page.goto(f"/i/status/{post_id}")
        self.page.get_by_label("Your public reply").fill(text)
        self.page.get_by_role("button", name="Reply", exact=True).click()
        expect(self.page.get_by_text(text)).to_be_visible()
        return next(one["id"] for one in self.stack.truth()["posts"] if one["text"].endswith(text))

    def opens(self, other_id: str) -> None:
        """Go to the private messages with this person."""
        self.page.goto(f"/messages/compose?recipient_id={other_id}")

    def writes(self, text: str, *pictures: dict[str, Any]) -> None:
        """Send what the message's page holds plus `text`."""
        field = self.page.locator("textarea")
        field.fill(field.input_value() + text)
        if pictures:
            self.page.get_by_label("Add a photo or GIF").set_input_files(list(pictures))  # type: ignore[arg-type]
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.page.get_by_role("log", name="Messages")).to_contain_text(text)

    def writes_privately(self, other_id: str, text: str) -> None:
        """Write a Direct Message unasked."""
        self.opens(other_id)
        self.writes(text)


class Agent:
    """Somebody at the desk in a browser of their own; what goes wrong in its console is kept in `troubles`."""

    def __init__(self, browser: Browser, stack: Stack, email: str, password: str) -> None:
        self.stack, self.email, self.password = stack, email, password
        context = browser.new_context(viewport=DESK, locale="en-GB", timezone_id="Europe/Berlin")  # type: ignore[arg-type]
        self.page = context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)
        self.page.goto(f"{stack.url}/sign-in/")
        self.signs_in()
        self.is_live()

    def signs_in(self) -> None:
        """Fill in the form that the page shows."""
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Sign in")).to_be_hidden()

    def is_live(self) -> None:
        """Wait until the page hears of what changes."""
        expect(self.page.locator("#link-state")).to_have_attribute("data-state", "live")

    def row(self, customer: Customer) -> Locator:
        """The customer's conversation in the list."""
        return self.page.get_by_role("link").filter(has_text=f"@{customer.handle}").first

    def opens(self, customer: Customer) -> None:
        """Press the customer's conversation in the list."""
        self.row(customer).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(customer.name)
        self.is_live()

    @property
    def timeline(self) -> Locator:
        """What was said in the conversation."""
        return self.page.locator("#timeline")

    def message(self, text: str) -> Locator:
        """The one message that says so."""
        return self.timeline.get_by_role("listitem").filter(has_text=text)

    def chooses(self, mode: str) -> None:
        """How to answer, by the words of its tab."""
        self.page.get_by_role("group", name="How to answer").get_by_text(mode, exact=True).click()

    def field(self, label: str) -> Locator:
        """The text field of an answer that is on show."""
        return self.page.get_by_role("textbox", name=label, exact=True)

    def answers(self, mode: str, text: str) -> None:
        """Write and send; it is on the timeline then."""
        label, button = {
            "Answer in public": ("Public answer", "Post in public"),
            "Direct message": ("Direct message", "Send privately"),
        }[mode]
        self.chooses(mode)
        self.field(label).fill(text)
        self.page.get_by_role("button", name=button).click()
        expect(self.message(text)).to_be_visible()

    def conversations_with(self, customer: Customer) -> set[str]:
        """The addresses of every conversation with them that the desk lists, whatever its state."""
        page = self.page.context.new_page()
        page.goto(f"{self.stack.url}/demo/find/?q={customer.handle}")
        links = page.get_by_role("link").filter(has_text=f"@{customer.handle}").all()
        found = {match[1] for one in links if (match := re.search(r"/(\d+)/", one.get_attribute("href") or ""))}
        page.close()
        return found


def colleague(browser: Browser, stack: Stack, name: str) -> Agent:
    """Another agent of the workspace, at the desk in a browser of their own."""
    email = f"{name.lower()}@example.org"
    said = careline(stack.state, "user", "add", email, "--workspace", "demo", "--name", f"{name} Example")
    password = re.search(r"Password: (\S+)", said)
    assert password, said
    return Agent(browser, stack, email, password[1])


def posts(stack: Stack, text: str) -> list[dict[str, Any]]:
    """The brand's posts at the local X that hold this text."""
    return [one for one in stack.truth()["posts"] if text in one["text"] and one["author_id"] == stack.brand_id()]


def dms(stack: Stack, text: str) -> list[dict[str, Any]]:
    """The brand's Direct Messages at the local X that hold this text."""
    return [one for one in stack.truth()["dms"] if text in one["text"] and one["sender_id"] == stack.brand_id()]


def once(found: Any) -> dict[str, Any]:
    """The one that `found()` finds in the end."""
    one: list[dict[str, Any]] = until(found)
    assert len(one) == 1, one
    return one[0]
