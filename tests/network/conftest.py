"""The desk's network layer against the really served local X: a brand with all its tokens, and customers.

Fixtures: `x` (the served sandbox), `brand` (its account in the desk's tables, with a session), `mia` (a customer).
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from careline.channels.base import Outbound, Steps
from careline.channels.x.channel import XChannel
from careline.domain.words import Kind
from careline.network.client import Client
from careline.network.perform import exchange, perform
from careline.network.session import Session, open_session
from sandbox.served import Person, Served, served
from support.rows import make_account, make_app, make_workspace

X = XChannel()
Serve = Callable[[Callable[[bytes, socket.socket], None]], str]


class RealClock:
    """The sandbox runs on the machine's time, so these tests do too."""

    def now_ms(self) -> int:
        return round(time.time() * 1000)


@dataclass
class Brand:
    """Our account at the local X and in the desk."""

    person: Person
    app_keys: dict[str, str]
    app: Any
    account: Any
    client: Client

    @property
    def id(self) -> str:
        return self.person.id

    def session(self) -> Session:
        return open_session(
            self.client,
            RealClock(),
            X,
            workspace_id=self.account.workspace_id,
            app_id=self.app.id,
            account_id=self.account.id,
        )

    def run(self, steps: Steps[Any], *, timeout_s: float | None = None) -> Any:
        """Perform, with shorter time-outs where a test makes X hang."""
        session = self.session()
        return perform(session, steps) if timeout_s is None else _hasty(session, steps, timeout_s)

    def answer(self, post_id: str, text: str, **more: Any) -> Outbound:
        return Outbound(Kind.POST, text, self.id, reply_to_id=post_id, **more)

    def message(self, to: Person, text: str) -> Outbound:
        return Outbound(Kind.DM, text, self.id, recipient_id=to.id)

    def send(self, message: Outbound, **options: Any) -> Any:
        return self.run(X.send(message, now_ms()), **options)


def _hasty(session: Session, steps: Steps[Any], timeout_s: float) -> Any:
    try:
        call = next(steps)
        while True:
            call = steps.send(exchange(session, replace(call, timeout_s=timeout_s)))
    except StopIteration as end:
        return end.value


def now_ms() -> int:
    return RealClock().now_ms()


@pytest.fixture(scope="session")
def _served_x() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def x(_served_x: Served) -> Iterator[Served]:
    yield _served_x
    _served_x.http.delete("/_sandbox/faults")
    _served_x.http.delete("/_sandbox/limits")


@pytest.fixture
def network() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


@pytest.fixture
def brand(x: Served, network: Client, db: None) -> Brand:
    """A self-serve app, as any company gets one, and an account with OAuth 1.0a and 2.0 tokens."""
    return make_brand(x, network)


def make_brand(x: Served, network: Client, *, tier: str = "self_serve", **account: Any) -> Brand:
    keys = x.app(tier=tier)
    person = x.person("Acme", app=keys)
    old = x.control("tokens", app_id=keys["id"], person_id=person.id, kind="oauth1")
    workspace = make_workspace()
    names = ("consumer_key", "consumer_secret", "bearer_token", "client_id", "client_secret")
    app = make_app(workspace, api_base=x.url, secrets={name: keys[name] for name in names})
    secrets = {
        "access_token": person.tokens["access_token"],
        "refresh_token": person.tokens["refresh_token"],
        "oauth1_token": old["oauth_token"],
        "oauth1_secret": old["oauth_token_secret"],
    }
    fields = {"network_id": person.id, "handle": person.username, "secrets": secrets}
    return Brand(person, keys, app, make_account(workspace, app, **(fields | account)), network)


@pytest.fixture
def mia(x: Served) -> Person:
    """A customer, who uses an app of her own."""
    return x.person("mia")


def order_fault(x: Served, **fault: Any) -> None:
    """Ask the sandbox for a bad day."""
    response = x.http.post("/_sandbox/faults", json=fault)
    assert response.status_code == 201, response.text


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A bare TCP server: hands each request's first line and the connection to a function, then hangs up."""
    doors: list[socket.socket] = []
    over = threading.Event()

    def start(answer: Callable[[bytes, socket.socket], None]) -> str:
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)

        def run() -> None:
            while not over.is_set():
                try:
                    caller, _ = door.accept()
                except OSError:
                    return
                with closing(caller):
                    request = caller.recv(65536)
                    try:
                        answer(request, caller)
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{door.getsockname()[1]}"

    yield start
    over.set()
    for door in doors:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
