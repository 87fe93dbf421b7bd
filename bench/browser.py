"""How long from a customer's post at the local X to the line in an agent's open browser, in list and timeline.

Run: `python bench/browser.py`. Everything is real: X's stream, the worker, the live stream, Chromium. The goal is half
a second. A post is timed from the moment at which the local X has answered it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")

ROUNDS = 30
_SHOWS = "text => document.querySelector('{place}')?.textContent.includes(text)"


def main() -> None:
    """Start an install, sign in, let customers write, wait for each line."""
    from playwright.sync_api import sync_playwright

    from journeys.stack import running
    from support.chromium import FLAGS, program

    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "state") as stack, sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            Path(folder) / "profile", executable_path=program(), headless=True, args=FLAGS
        )
        page = context.pages[0]
        _sign_in(page, stack)
        stack.control("people", username="rosa_bench", name="Rosa")
        _print("new conversation to the list", [_new(page, stack, number) for number in range(ROUNDS)])
        page.get_by_role("link").filter(has_text="rosa_bench").first.click()
        page.wait_for_selector("#composer")
        _print("new message to the open timeline", [_more(page, stack, number) for number in range(ROUNDS)])
        context.close()


def _sign_in(page: Any, stack: Any) -> None:
    page.goto(f"{stack.url}/sign-in/")
    page.fill("input[name=login]", stack.email)
    page.fill("input[name=password]", stack.password)
    page.keyboard.press("Enter")
    page.get_by_text("Live", exact=True).wait_for()


def _new(page: Any, stack: Any, number: int) -> float:
    """Somebody new writes; ms until the list shows it."""
    who = "rosa_bench" if number == 0 else f"person{number}_bench"
    if number:
        stack.control("people", username=who, name=f"Person {number}")
    return _timed(page, stack, who, f"@acme_example first line {number} of {who}", ".rows")


def _more(page: Any, stack: Any, number: int) -> float:
    """The customer whose conversation is open writes again; ms until the timeline shows it."""
    return _timed(page, stack, "rosa_bench", f"@acme_example one more line, the {number}th", "#conversation")


def _timed(page: Any, stack: Any, who: str, text: str, place: str) -> float:
    stack.control("posts", author=who, text=text)
    begun = time.perf_counter()
    page.wait_for_function(_SHOWS.format(place=place), arg=text.removeprefix("@acme_example "), polling=10)
    return (time.perf_counter() - begun) * 1000


def _print(what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what:<44}{statistics.median(times):6.0f} ms p50, {p95:.0f} ms p95, {max(times):.0f} ms at most")


if __name__ == "__main__":
    main()
