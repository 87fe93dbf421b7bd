"""The tail over a database that comes and goes, in one process: no server, no SQL."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from careline.live import edge as edge_module
from careline.live.edge import LiveEdge
from careline.live.tickets import Tickets
from careline.ports.live import Changed

TICKETS = Tickets("s" * 50)


class Table:
    """A table of changes that can fail."""

    def __init__(self, broken: int = 0) -> None:
        self.rows: list[Changed] = []
        self.broken = broken
        self.asked = 0
        self.let_go_of = 0

    def heads(self, workspace_ids: Any) -> dict[int, int]:
        self.asked += 1
        if self.broken:
            self.broken -= 1
            raise ConnectionError
        return dict.fromkeys(workspace_ids, len(self.rows))

    def read(self, _workspace_id: int, after: int, limit: int) -> list[Changed]:
        return self.rows[after : after + limit]

    def let_go(self) -> None:
        self.let_go_of += 1


class Line:
    """One request to the edge; `body` is what came so far. It hangs up when told to."""

    def __init__(self, edge: LiveEdge, after: int = 0) -> None:
        self.body, self.status = b"", 0
        self.hung_up = asyncio.Event()
        query = f"ticket={TICKETS.issue(workspace_id=1, user_id=2)}&after={after}".encode()
        scope = {"type": "http", "method": "GET", "path": "/live", "query_string": query, "headers": []}
        self.task = asyncio.create_task(edge(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")

    async def until(self, part: bytes) -> None:
        async with asyncio.timeout(10):
            while part not in self.body:
                await asyncio.sleep(0.005)


def run(table: Table, scenario: Any) -> None:
    async def go() -> None:
        edge = LiveEdge(tickets=TICKETS, changes=table, every_s=0.02)
        edge.start()
        try:
            await scenario(edge)
        finally:
            await asyncio.to_thread(edge.stop)

    asyncio.run(go())


def test_a_database_that_goes_away_costs_no_browser_its_stream(caplog):
    table = Table(broken=5)

    async def scenario(edge: LiveEdge) -> None:
        line = Line(edge)
        table.rows.append(Changed(1, "message"))
        await line.until(b"id: 1\n")
        table.broken = 5
        table.rows.append(Changed(2, "message"))
        await line.until(b"id: 2\n")
        assert not line.task.done()

    with caplog.at_level(logging.WARNING):
        run(table, scenario)
    assert table.let_go_of >= 2
    assert caplog.text.count("cannot read the table of changes (ConnectionError)") == 2


def test_nobody_listening_means_nothing_is_asked():
    table = Table()

    async def scenario(edge: LiveEdge) -> None:
        line = Line(edge)
        table.rows.append(Changed(1, "message"))
        await line.until(b"id: 1\n")
        line.hung_up.set()
        await line.task
        edge.poke(1)
        await asyncio.to_thread(_wait_for_rest, edge)
        asked = table.asked
        for _ in range(5):
            edge.poke(1)
            await asyncio.sleep(0.03)
        assert table.asked == asked

    run(table, scenario)


def _wait_for_rest(edge: LiveEdge) -> None:
    from support.processes import wait_until

    wait_until(lambda: not edge._tail._hub.rooms)


def test_too_many_streams_are_turned_away_before_they_cost_anything(monkeypatch):
    monkeypatch.setattr(edge_module, "MAX_STREAMS", 1)
    table = Table()

    async def scenario(edge: LiveEdge) -> None:
        first = Line(edge)
        await first.until(b": careline")
        second = Line(edge)
        await second.until(b"Too many streams.")
        assert (first.status, second.status) == (200, 503)

    run(table, scenario)
