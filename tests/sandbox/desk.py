"""An app with a webhook and a brand that it cares for, wired up over HTTP as a desk would do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.receiver import Receiver, eventually
from sandbox.served import Person, Served

PUBLIC = ("post.create", "post.delete")
CARE = (*PUBLIC, "post.mention.create", "post.reply.create", "post.quote.create", "dm.received", "dm.sent", "dm.read")


@dataclass
class Desk:
    """`bearer` calls as the app, `brand` as the account."""

    x: Served
    app: Mapping[str, str]
    bearer: httpx.Client
    brand: Person
    receiver: Receiver
    webhook_id: str = ""

    def register(self) -> httpx.Response:
        self.receiver.secret = self.app["consumer_secret"]
        response = self.bearer.post("/2/webhooks", json={"url": self.receiver.url})
        if response.status_code == 200:
            self.webhook_id = response.json()["data"]["id"]
        return response

    def subscribe(self, event_type: str, *, person: Person | None = None, **extra: Any) -> httpx.Response:
        """Subscribe to something about the brand (or another person), with the token that X wants for it."""
        person = person or self.brand
        client = self.bearer if event_type in PUBLIC else person.client
        body = {"event_type": event_type, "filter": {"user_id": person.id}, **extra}
        return client.post("/2/activity/subscriptions", json=body)

    def cares(self, event_types: Iterable[str] = CARE) -> Desk:
        """Register the webhook and subscribe to all of these about the brand."""
        assert self.register().status_code == 200
        for event_type in event_types:
            response = self.subscribe(event_type, webhook_id=self.webhook_id, tag=f"care {event_type}")
            assert response.status_code == 200, response.text
        return self

    def told(self) -> list[dict[str, Any]]:
        """All events so far, once the sandbox has nothing more to deliver."""
        eventually(lambda: self.x.http.get("/_sandbox/deliveries").json()["quiet"])
        return self.receiver.events

    def told_types(self) -> list[str]:
        return sorted(event["event_type"] for event in self.told())


def desk_in(x: Served, receiver: Receiver, *, tier: str = "self_serve") -> Desk:
    """A desk that has registered nothing yet."""
    app = x.app(tier=tier)
    return Desk(x, app, x.bearer(app["bearer_token"]), x.person("brand", app=app), receiver)
