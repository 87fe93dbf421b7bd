"""The served local X and our brand in it, on a clock that stands still until the test moves it (law 10)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from careline.actions import outbox
from careline.actions.context import Actor, Desk
from careline.channels.base import Steps
from careline.channels.x.channel import XChannel
from careline.delivery.attempt import Post, work
from careline.domain.words import ENDED, DeliveryState, Kind, Role
from careline.engines.clock import SharedClock
from careline.network.client import Client
from careline.network.perform import exchange
from careline.network.session import open_session
from careline.store.models import Account, Message
from delivery.scene import actor_in, delivery_of, hear, state_of
from sandbox.served import Person, Served, served
from support.rows import make_account, make_app, make_workspace

T = TypeVar("T")
#: How long our calls wait for an answer in these tests (s): a hanging X is the point of many of them.
PATIENCE_S = 1.0
ENDPOINT = {Kind.DM: "POST /2/dm_conversations/with/*/messages", Kind.POST: "POST /2/tweets"}


@dataclass
class Town:
    """X as it really is (`truth`), and the desk that wants to agree with it."""

    x: Served
    clock_file: Path
    desk: Desk
    account: Account
    actor: Actor
    brand: Person
    client: Client

    def advance(self, seconds: float) -> None:
        """Move both on."""
        self.x.control("clock", sim=self.desk.clock.now_ms() / 1000 + seconds, rate=0)

    def fault(self, kind: str, to: Kind, count: int = 1, **more: Any) -> None:
        """Order a bad day for the next `count` messages."""
        response = self.x.http.post(
            "/_sandbox/faults", json={"target": ENDPOINT[to], "kind": kind, "count": count, "probability": 1, **more}
        )
        assert response.status_code == 201, response.text

    def customer_writes(self, kind: Kind) -> tuple[Person, Message]:
        """Somebody new writes to us at X, and the desk has heard of it."""
        person = self.x.person("mia")
        if kind == Kind.DM:
            network_id = person.writes_to(self.brand, "Help").json()["data"]["dm_event_id"]
        else:
            network_id = person.says(f"@{self.brand.username} help {person.username}")["id"]
        return person, hear(self.desk, self.account, kind=kind, customer=person.id, network_id=network_id)

    def truth(self, text: str) -> list[dict[str, Any]]:
        """Everything of ours that X really has with `text` in it."""
        state = self.x.state()
        ours = [one for one in state["posts"] if one["author_id"] == self.brand.id]
        ours += [one for one in state["dms"] if one["sender_id"] == self.brand.id]
        return [one for one in ours if text in one["text"]]

    def perform(self, account: Account, steps: Steps[T]) -> T:
        """As the product does, but with little patience."""
        session = open_session(
            self.client,
            self.desk.clock,
            XChannel(),
            workspace_id=account.workspace_id,
            app_id=account.app_id,
            account_id=account.pk,
        )
        try:
            call = next(steps)
            while True:
                call = steps.send(exchange(session, replace(call, timeout_s=PATIENCE_S)))
        except StopIteration as done:
            result: T = done.value
            return result

    def drain(self) -> None:
        """Do all that is due now."""
        post = Post(self.desk, {"x": XChannel()}, self.perform)
        while leases := outbox.lease(self.desk, "worker", slots=1):
            work(post, leases[0])

    def run_until_over(self, messages: list[Message]) -> None:
        """Work and let time go by until each message has ended or needs a person."""
        for _ in range(60):
            self.drain()
            if all(state_of(one) in ENDED | {DeliveryState.STUCK} for one in messages):
                return
            self.advance(20)
        raise AssertionError([delivery_of(one).__dict__ for one in messages])


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """A local X with a brand that any company's app gets, and a desk beside it."""
    clock_file = folder / "clock.json"
    now = time.time()
    clock_file.write_text(json.dumps({"anchor_real": now, "anchor_sim": now, "rate": 0}))
    with served(clock=clock_file) as x:
        keys = x.app()
        person = x.person("Acme", app=keys)
        old = x.control("tokens", app_id=keys["id"], person_id=person.id, kind="oauth1")
        workspace = make_workspace()
        names = ("consumer_key", "consumer_secret", "bearer_token", "client_id", "client_secret")
        app = make_app(workspace, api_base=x.url, secrets={name: keys[name] for name in names})
        secrets = {"oauth1_token": old["oauth_token"], "oauth1_secret": old["oauth_token_secret"]}
        account = make_account(workspace, app, network_id=person.id, handle=person.username, secrets=secrets)
        desk = Desk(clock=SharedClock(clock_file), poke=lambda _workspace_id: None)
        client = Client()
        yield Town(x, clock_file, desk, account, actor_in(workspace, Role.AGENT), person, client)
        client.close()
