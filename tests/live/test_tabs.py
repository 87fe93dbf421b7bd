"""The browser's side: all tabs hear everything over one stream, whoever leads, whatever breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.chromium import chromium
from support.processes import wait_until
from support.threads import start

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

_LISTEN = """async ([id, seq]) => {
  const live = await import("/live.js");
  window.heard = []; window.states = [];
  live.onChange(change => window.heard.push(change));
  live.onState(state => window.states.push(state));
  live.start({stream: "/live", ticket: "/ticket/" + id, name: String(id), seq});
}"""

_EVENT_SOURCE = """url => {
  window.heard = [];
  const source = new EventSource(url);
  source.addEventListener("change", event => heard.push([event.lastEventId, JSON.parse(event.data).what]));
}"""


class Tab:
    def __init__(self, context: Any, server: Any, workspace: Any, seq: int = 0) -> None:
        self.page = context.new_page()
        self.page.goto(f"http://127.0.0.1:{server.port}/tab")
        self.page.evaluate(_LISTEN, [str(workspace.id), seq])

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(condition, timeout=15_000)

    def wait_live(self) -> None:
        self.wait("states.at(-1) === 'live'")

    @property
    def heard(self) -> list[tuple[int, str]]:
        return [(one["seq"], one["what"]) for one in self.page.evaluate("heard")]


def streams(server: Any) -> int:
    files = Path(f"/proc/{server.process.pid}/net/tcp").read_text().splitlines()[1:]
    local = f":{server.port:04X}"
    return sum(line.split()[1].endswith(local) and line.split()[3] == "01" for line in files)


def test_three_tabs_hear_everything_once_over_one_stream(desk, workspace, serve_live, change):
    server = serve_live()
    with chromium() as browser:
        context = browser.new_context()
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        tabs = [Tab(context, server, workspace) for _ in range(3)]
        for tab in tabs:
            tab.wait_live()
        start(change, desk, workspace, 3).result()
        for tab in tabs:
            tab.wait("heard.length >= 3")
            assert tab.heard == [(number, "conversation") for number in (1, 2, 3)]
        assert sum("/live?" in url for url in requests) == 1


def test_when_the_leading_tab_closes_another_goes_on_without_a_gap(desk, workspace, serve_live, change):
    server = serve_live()
    with chromium() as browser:
        context = browser.new_context()
        first, second = Tab(context, server, workspace), Tab(context, server, workspace)
        second.wait_live()
        start(change, desk, workspace).result()
        second.wait("heard.length === 1")
        first.page.close()
        start(change, desk, workspace, 2).result()
        second.wait("heard.length === 3")
        assert [seq for seq, _ in second.heard] == [1, 2, 3]


def test_a_tab_that_opens_late_is_told_what_it_missed_since_it_was_rendered(desk, workspace, serve_live, change):
    server = serve_live()
    with chromium() as browser:
        context = browser.new_context()
        first = Tab(context, server, workspace)
        first.wait_live()
        start(change, desk, workspace, 5).result()
        first.wait("heard.length === 5")
        late = Tab(context, server, workspace, seq=3)
        late.wait("heard.length === 2")
        assert late.heard == [(4, "conversation"), (5, "conversation")]


def test_a_server_that_is_killed_and_comes_back_tells_all_that_was_missed(desk, workspace, serve_live, change):
    server = serve_live()
    with chromium() as browser:
        tab = Tab(browser.new_context(), server, workspace)
        tab.wait_live()
        server.process.kill()
        tab.wait("states.at(-1) === 'waiting'")
        start(change, desk, workspace, 4).result()
        serve_live(port=server.port)
        tab.wait("heard.length === 4")
        tab.wait_live()
        assert [seq for seq, _ in tab.heard] == [1, 2, 3, 4]


def test_a_desk_restored_from_a_backup_makes_tabs_fetch_everything(desk, workspace, serve_live, change):
    start(change, desk, workspace, 2).result()
    server = serve_live()
    with chromium() as browser:
        context = browser.new_context()
        tabs = [Tab(context, server, workspace, seq=90) for _ in range(2)]
        for tab in tabs:
            tab.wait("heard.length === 1")
            assert tab.heard == [(2, "resync")]


def test_a_person_who_has_signed_out_is_told_so_and_goes_on_after_signing_in(desk, workspace, serve_live, change):
    server = serve_live()
    with chromium() as browser:
        context = browser.new_context()
        context.route("**/ticket/*", lambda route: route.fulfill(status=302, headers={"Location": "/accounts/login/"}))
        tab = Tab(context, server, workspace)
        tab.wait("states.at(-1) === 'signed-out'")
        context.unroute("**/ticket/*")
        start(change, desk, workspace).result()
        tab.wait("heard.length === 1")
        assert tab.page.evaluate("states") == ["connecting", "signed-out", "live"]


def test_where_there_are_no_locks_every_tab_has_its_own_stream(desk, workspace, serve_live, change):
    server = serve_live()
    with chromium() as browser:
        context = browser.new_context()
        context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
        tabs = [Tab(context, server, workspace) for _ in range(2)]
        start(change, desk, workspace).result()
        for tab in tabs:
            tab.wait("heard.length === 1")
            assert tab.heard == [(1, "conversation")]


def test_the_browsers_own_event_source_understands_the_stream_too(desk, workspace, serve_live, change):
    start(change, desk, workspace, 2).result()
    server = serve_live()
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/tab")
        url = f"/live?after=0&ticket={server.params(workspace.id)['ticket']}"
        page.evaluate(_EVENT_SOURCE, url)
        page.wait_for_function("heard.length === 2", timeout=15_000)
        assert page.evaluate("heard") == [["1", "conversation"], ["2", "conversation"]]
    wait_until(lambda: streams(server) == 0)
