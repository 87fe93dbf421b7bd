"""What changed reaches every browser of its workspace, exactly once each, whatever gets lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from careline.store.models import Change
from support.databases import both_databases
from support.processes import wait_until
from support.rows import make_workspace
from support.sse import Listener, client
from support.threads import aside

pytestmark = pytest.mark.django_db(transaction=True)


@both_databases
def test_two_hundred_browsers_hear_every_change_of_their_workspace_and_no_other(
    desk, workspace, database, serve_live, change
):
    other = make_workspace()
    server = serve_live()

    async def listen():
        async with client() as http, AsyncExitStack() as stack:
            ours = [Listener(http, server.url, server.params(workspace.id, after=0)) for _ in range(200)]
            theirs = Listener(http, server.url, server.params(other.id, after=0))
            for listener in [*ours, theirs]:
                stack.push_async_callback(listener.close)
                await asyncio.wait_for(listener.opened.wait(), 20)
            for _ in range(5):
                await aside(change, desk, workspace, 2)
            await aside(change, desk, other)
            await asyncio.gather(*(listener.until(lambda seen: len(seen.events) >= 10) for listener in ours))
            await theirs.until(lambda seen: seen.events)
            assert all(listener.seqs == list(range(1, 11)) for listener in ours)
            assert theirs.seqs == [1]

    asyncio.run(listen())


def test_an_event_says_what_changed_with_ids_that_a_browser_can_hold(desk, workspace, serve_live, change):
    change(desk, workspace, what="message")
    server = serve_live()

    async def listen():
        async with client() as http:
            listener = Listener(http, server.url, server.params(workspace.id, after=0))
            await listener.until(lambda seen: seen.events)
            await listener.close()
            return listener.events

    data = {"seq": 1, "what": "message", "conversation_id": str(1 << 60), "message_id": None}
    assert asyncio.run(listen()) == [("change", data)]


def test_pokes_bring_the_news_and_losing_them_loses_nothing(desk, workspace, poking, serve_live, change):
    server = serve_live(ear=poking.ear, every=30)

    async def listen():
        async with client() as http:
            listener = Listener(http, server.url, server.params(workspace.id, after=0))
            await listener.opened.wait()
            await aside(change, poking.desk(desk), workspace)
            await listener.until(lambda seen: seen.seqs == [1])  # the tail alone would have slept for half a minute
            await aside(change, desk, workspace)  # nobody is told of this one
            await aside(change, poking.desk(desk), workspace)
            await listener.until(lambda seen: len(seen.events) == 3)
            await listener.close()
            return listener.seqs

    assert asyncio.run(listen()) == [1, 2, 3]


@both_databases
def test_a_browser_that_comes_back_gets_exactly_what_it_missed(desk, workspace, database, serve_live, change):
    server = serve_live()

    async def listen():
        async with client() as http:
            first = Listener(http, server.url, server.params(workspace.id, after=0))
            await aside(change, desk, workspace, 3)
            await first.until(lambda seen: len(seen.events) == 3)
            await first.close()
            await aside(change, desk, workspace, 4)
            # What the page said when it was rendered ("after") is older than what the stream has shown since.
            again = Listener(http, server.url, server.params(workspace.id, after=0), last_id=first.last_id)
            await again.until(lambda seen: len(seen.events) >= 4)
            await aside(change, desk, workspace)
            await again.until(lambda seen: len(seen.events) >= 5)
            await again.close()
            return again.seqs

    assert asyncio.run(listen()) == [4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("written", "pruned", "after"),
    [(5, 3, 1), (5, 5, 1), (600, 0, 0), (5, 0, 9)],
    ids=["what it missed is pruned", "all is pruned", "it missed too much", "the desk was restored from a backup"],
)
def test_a_browser_that_cannot_be_told_all_is_told_to_fetch_all(
    desk, workspace, serve_live, change, written, pruned, after
):
    change(desk, workspace, written)
    Change.objects.filter(seq__lte=pruned).delete()
    server = serve_live()

    async def listen():
        async with client() as http:
            listener = Listener(http, server.url, server.params(workspace.id, after=after))
            await listener.until(lambda seen: seen.events)
            await aside(change, desk, workspace)
            await listener.until(lambda seen: len(seen.events) == 2)
            await listener.close()
            return [(event, data["seq"]) for event, data in listener.events]

    assert asyncio.run(listen()) == [("resync", written), ("change", written + 1)]


def test_a_browser_that_stops_reading_holds_up_nobody_and_is_let_go(desk, workspace, poking, serve_live, change):
    """4 MB of changes: more than the system's buffers take on behalf of somebody who does not read."""
    server = serve_live(ear=poking.ear)
    address, query = httpx.URL(server.url), httpx.QueryParams(server.params(workspace.id, after=0))
    with socket.socket() as sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sleeper.connect((address.host, address.port))
        sleeper.sendall(f"GET /live?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

        async def listen():
            async with client() as http:
                listener = Listener(http, server.url, server.params(workspace.id, after=0))
                await listener.opened.wait()
                for last in range(450, 36_000, 450):
                    await aside(change, poking.desk(desk), workspace, 450)
                    await listener.until(lambda seen, last=last: seen.seqs[-1:] == [last])
                await listener.close()

        asyncio.run(listen())
        sleeper.settimeout(10)
        taken = 0
        while chunk := sleeper.recv(65536):
            taken += chunk.count(b"event: ")
    assert 0 < taken < 36_000


def test_a_browser_that_hangs_up_is_forgotten(workspace, serve_live):
    server = serve_live()

    def sockets() -> int:
        found = 0
        for file in Path(f"/proc/{server.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed since the folder was listed
                found += str(file.readlink()).startswith("socket:")
        return found

    async def listen():
        before = sockets()
        async with client() as http:
            listeners = [Listener(http, server.url, server.params(workspace.id)) for _ in range(20)]
            await asyncio.gather(*(listener.opened.wait() for listener in listeners))
            assert sockets() >= 20
            await asyncio.gather(*(listener.close() for listener in listeners))
        # The server's own sockets come and go by one or two; the twenty must be gone.
        await asyncio.to_thread(wait_until, lambda: sockets() <= before + 5)

    asyncio.run(listen())


def test_a_silent_line_carries_heart_beats_and_a_long_one_ends_so_that_the_ticket_is_asked_again(workspace, serve_live):
    server = serve_live(beat=0.05, lifetime=1)

    async def listen():
        async with client() as http:
            listener = Listener(http, server.url, server.params(workspace.id))
            await listener.until(lambda seen: seen.beats >= 3)
            await asyncio.wait_for(listener.ended.wait(), 10)

    asyncio.run(listen())


def test_only_a_good_ticket_opens_the_stream(workspace, serve_live):
    server = serve_live()
    good = server.params(workspace.id)["ticket"]
    forged = good.replace(str(workspace.id), str(workspace.id + 1), 1)
    for ticket in ("", "x", forged, good[:-1]):
        answer = httpx.get(server.url, params={"ticket": ticket}, trust_env=False)
        assert (answer.status_code, answer.text) == (401, "Fetch a new ticket.")
    assert httpx.post(server.url, params={"ticket": good}, trust_env=False).status_code == 405


def test_proxies_are_told_not_to_hold_the_stream_back(workspace, serve_live):
    server = serve_live()
    with httpx.stream("GET", server.url, params=server.params(workspace.id), trust_env=False) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-store"


def test_the_server_stops_although_browsers_listen(workspace, serve_live):
    server = serve_live()

    async def listen():
        async with client() as http:
            listener = Listener(http, server.url, server.params(workspace.id))
            await listener.opened.wait()
            assert await asyncio.to_thread(server.process.stop, 5) == 0
            await asyncio.wait_for(listener.ended.wait(), 5)

    asyncio.run(listen())
