"""Starting the sandbox as a user would, and making people, apps and tokens in it."""

from __future__ import annotations

import itertools
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

COMMAND = [sys.executable, "-c", "from careline_sandbox.cli import main; main()"]
_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody in the local X, with an OAuth 2.0 token of an app and a client that carries it."""

    id: str
    username: str
    app: Mapping[str, str]
    tokens: Mapping[str, str]
    client: httpx.Client

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.client.post(path, json=body)

    def says(self, text: str, **body: Any) -> dict[str, Any]:
        """Post, and insist that it works."""
        response = self.post("/2/tweets", {"text": text, **body})
        assert response.status_code == 201, response.text
        return response.json()["data"]

    def answers(self, post_id: str, text: str, **body: Any) -> httpx.Response:
        return self.post("/2/tweets", {"text": text, "reply": {"in_reply_to_tweet_id": post_id}, **body})

    def writes_to(self, other: Person, text: str, **body: Any) -> httpx.Response:
        return self.post(f"/2/dm_conversations/with/{other.id}/messages", {"text": text, **body})


@dataclass
class Served:
    """A running sandbox: its address, its process, and its control paths."""

    url: str
    process: subprocess.Popen[str]
    ready: str
    http: httpx.Client
    clients: list[httpx.Client] = field(default_factory=list)

    def control(self, path: str, **body: Any) -> Any:
        """One order to the control paths, which has to succeed."""
        response = self.http.post(f"/_sandbox/{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def app(self, *, tier: str = "self_serve") -> dict[str, str]:
        """A developer app with an owner of its own."""
        owner = self.control("people", username=f"owner{next(_numbers)}")
        return self.control("apps", name="desk", owner=owner["username"], tier=tier)

    def person(self, word: str = "someone", *, app: Mapping[str, str] | None = None, **traits: Any) -> Person:
        """A person whose username begins with `word`, who uses an app (default: an enterprise one, exempt from
        the rules for replies)."""
        app = app or self.app(tier="enterprise")
        made = self.control("people", username=f"{word}{next(_numbers)}", **traits)
        tokens = self.control("tokens", app_id=app["id"], person_id=made["id"])
        return Person(made["id"], made["username"], app, tokens, self.bearer(tokens["access_token"]))

    def bearer(self, token: str) -> httpx.Client:
        """A client that carries a bearer token."""
        client = httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {token}"}, timeout=10)
        self.clients.append(client)
        return client

    def state(self) -> dict[str, Any]:
        """What the local X really has."""
        return self.http.get("/_sandbox/state").json()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(*options: str, clock: Path | None = None) -> Iterator[Served]:
    """Run `careline-sandbox serve` until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CARELINE_")}
    if clock is not None:
        environment["CARELINE_CLOCK"] = str(clock)
    command = [*COMMAND, "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        readable, _, _ = select.select([process.stdout], [], [], 30)
        assert readable, "the sandbox did not get ready in 30 seconds"
        ready = process.stdout.readline()
        with httpx.Client(base_url=url, timeout=10) as http:
            running = Served(url, process, ready, http)
            yield running
            for client in running.clients:
                client.close()
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
