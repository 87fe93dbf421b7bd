"""What an agent's browser gets and how soon it paints, on an inbox of 20,000 conversations.

Run: `python bench/paint.py [conversations]`. A real web process and Chromium. Weight: bytes as they come over the wire
with an empty cache. Input to paint: from the key or click to the end of the next frame's painting, as the browser's own
Event Timing says (in steps of 8 ms); what a click then loads is timed until it stands. Goals: 150 kB and 100 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")

TRIES = 50
PASSWORD = "a long enough password"
_WATCH = """() => {
  window.seen = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.interactionId) window.seen.push([one.name, one.duration]);
  }).observe({ type: "event", durationThreshold: 16, buffered: false });
}"""


def main() -> None:
    """Fill a desk in a state folder of its own, in a process of its own; then look at it."""
    conversations = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {conversations:,} conversations")
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "CARELINE_STATE": folder, "DJANGO_SETTINGS_MODULE": "careline.server.settings"}
        subprocess.run([sys.executable, __file__, "--fill", str(conversations)], env=env, check=True)
        os.environ.update(env)
        _look()


def fill_desk(conversations: int) -> None:
    """A workspace with so many conversations, and an agent who may sign in."""
    import django

    django.setup()
    from django.core.management import call_command

    from support.many import Shape, fill
    from support.rows import make_account, make_membership, make_user, make_workspace

    call_command("migrate", verbosity=0)
    agent = make_user("ana@example.org", PASSWORD)
    workspace = make_workspace("acme")
    make_membership(workspace, agent)
    fill(workspace, make_account(workspace), [agent], Shape(int(conversations * 4.5)))


def _look() -> None:
    from playwright.sync_api import sync_playwright

    from support.chromium import FLAGS, program
    from support.processes import Process, free_port

    port = free_port()
    web = Process("careline.cli", "run", "--role", "web", env={"CARELINE_PORT": str(port)}, quiet=True)
    web.wait_for_port(port)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=program(), args=FLAGS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            _weigh(page, f"http://127.0.0.1:{port}")
            _paint(page)
            browser.close()
    finally:
        web.kill()


def _weigh(page: Any, origin: str) -> None:
    """Sign in, then the first page once more with nothing cached."""
    page.goto(f"{origin}/sign-in/")
    page.fill("input[name=login]", "ana@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".row")
    tools, kinds, weights = page.context.new_cdp_session(page), {}, defaultdict(int)
    tools.on("Network.responseReceived", lambda one: kinds.update({one["requestId"]: one["type"]}))
    tools.on("Network.loadingFinished", lambda one: _count(weights, kinds, one))
    for order in ("Network.enable", "Network.clearBrowserCache"):
        tools.send(order)
    page.reload(wait_until="load")
    page.wait_for_selector('#link-state[data-state="live"]')
    for kind, size in sorted(weights.items(), key=lambda one: -one[1]):
        print(f"{kind:<44}{size / 1000:8.1f} kB")
    print(f"{'first page, compressed, ' + str(len(kinds)) + ' requests':<44}{sum(weights.values()) / 1000:8.1f} kB")


def _count(weights: dict[str, int], kinds: dict[str, str], finished: dict[str, Any]) -> None:
    weights[kinds.get(finished["requestId"], "Other")] += int(finished["encodedDataLength"])


def _paint(page: Any) -> None:
    page.evaluate(_WATCH)
    _report("j and k through the list", page, "keydown", lambda n: page.keyboard.press("j" if n % 2 else "k"))
    opened = [_open(page, number) for number in range(TRIES)]
    _print("choosing a conversation, pressed to painted", _taken(page, "click"))
    _print("the same, until the conversation stands", opened)
    page.locator("#text-note, #text-public, #text-private").locator("visible=true").first.focus()
    _report("a letter in the composer", page, "keydown", lambda n: page.keyboard.type("abcde "[n % 6]))


def _open(page: Any, number: int) -> float:
    """Choose another row; ms until its conversation has taken the place of the one before."""
    row = page.locator(".row a").nth(number % 12)
    row.scroll_into_view_if_needed()
    wanted = row.get_attribute("href").rstrip("/").split("/")[-1]
    began = page.evaluate("performance.now()")
    row.click()
    page.wait_for_function(
        "id => document.getElementById('conversation')?.dataset.id === id", arg=wanted, polling="raf"
    )
    return float(page.evaluate("performance.now()")) - float(began)


def _report(what: str, page: Any, event: str, act: Any) -> None:
    for number in range(TRIES):
        act(number)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")
    _print(what, _taken(page, event))


def _taken(page: Any, event: str) -> list[float]:
    """What was seen of this kind since; what took less than 16 ms is not told, and counts as 16."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 200))")
    seen = page.evaluate("() => window.seen.splice(0)")
    told = [float(duration) for name, duration in seen if name == event]
    return told + [16.0] * max(0, TRIES - len(told))


def _print(what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what:<44}{statistics.median(times):6.0f} ms p50, {p95:.0f} ms p95, {max(times):.0f} ms at most")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        fill_desk(int(sys.argv[2]))
    else:
        main()
