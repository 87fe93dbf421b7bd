"""A client of the activity stream that reads in the background and keeps what came."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Listener:
    """`lines` are raw lines, a heart-beat being an empty one; `over` is set when the server ended the stream."""

    response: httpx.Response
    lines: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    over: bool = False

    @property
    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [line["data"] for line in self.parsed if "data" in line]

    def wait(self, enough: Any, *, seconds: float = 10) -> None:
        """Until `enough()`; fails after the deadline."""
        with self.changed:
            assert self.changed.wait_for(enough, timeout=seconds), f"the stream gave only {self.lines}"

    def wait_for(self, number: int) -> list[dict[str, Any]]:
        self.wait(lambda: len(self.events) >= number)
        return self.events

    def wait_for_the_end(self) -> None:
        self.wait(lambda: self.over)

    def read(self) -> None:
        try:
            for line in self.response.iter_lines():
                with self.changed:
                    self.lines.append(line)
                    self.changed.notify_all()
        except (httpx.HTTPError, httpx.StreamError):
            pass
        with self.changed:
            self.over = True
            self.changed.notify_all()


@contextmanager
def listening(url: str, bearer: str, **params: Any) -> Iterator[Listener]:
    """Hold a stream open, connected by the time the block begins, until it ends."""
    headers = {"authorization": f"Bearer {bearer}"}
    with (
        httpx.Client(base_url=url, headers=headers, timeout=30) as client,
        client.stream("GET", "/2/activity/stream", params=params) as response,
    ):
        assert response.status_code == 200, response.read()
        listener = Listener(response)
        thread = threading.Thread(target=listener.read, daemon=True)
        thread.start()
        listener.wait(lambda: listener.lines)
        try:
            yield listener
        finally:
            # Closing alone would wait for the reader, which waits for the server.
            with contextlib.suppress(OSError):
                response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            thread.join()
