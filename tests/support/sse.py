"""Reads server-sent events as a browser does, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx


class Listener:
    """One open stream. `events`: (event, data) in order; `last_id` as a browser would send it on reconnecting."""

    def __init__(self, client: httpx.AsyncClient, url: str, params: dict[str, Any], last_id: int | None = None) -> None:
        self._client, self._url, self._params = client, url, params
        self._news = asyncio.Event()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.beats = 0
        self.last_id = last_id
        self.opened = asyncio.Event()
        self.ended = asyncio.Event()
        self.status = 0
        self._task = asyncio.create_task(self._read())

    @property
    def seqs(self) -> list[int]:
        """The seqs of all events so far."""
        return [data["seq"] for _, data in self.events]

    async def until(self, condition: Callable[[Listener], bool], within: float = 10) -> None:
        """Wait for a condition on what has come."""
        async with asyncio.timeout(within):
            while not condition(self):
                await self._news.wait()
                self._news.clear()

    async def close(self) -> None:
        """Hang up."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _read(self) -> None:
        headers = {} if self.last_id is None else {"Last-Event-ID": str(self.last_id)}
        fields: dict[str, str] = {}
        with suppress(httpx.TransportError):
            async with self._client.stream("GET", self._url, params=self._params, headers=headers) as answer:
                self.status = answer.status_code
                async for line in answer.aiter_lines():
                    self._line(line, fields)
        self.ended.set()
        self._news.set()

    def _line(self, line: str, fields: dict[str, str]) -> None:
        self.opened.set()
        if line.startswith(":"):
            self.beats += 1
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
            return
        elif "data" in fields:
            self.last_id = int(fields["id"])
            self.events.append((fields["event"], json.loads(fields["data"])))
        fields.clear()
        self._news.set()


def client() -> httpx.AsyncClient:
    """A client that may hold hundreds of streams; the environment's proxies are not asked."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(20), trust_env=False)
