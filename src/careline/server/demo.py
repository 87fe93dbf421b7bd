"""A workspace to look at: an invented brand on the local X, and a handful of invented people who ask it for help.

Everything goes over the local X's own HTTP, as it would from outside; the desk learns of the posts as it learns of
any others. Run again it completes what an interrupted run left, and touches nothing that stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from careline.channels.base import HttpReply, Problem
from careline.domain.ids import make_id
from careline.network.client import Client
from careline.server import people
from careline.server.config import ConfigError
from careline.server.wiring import Wired
from careline.store.models import Account, App, Workspace
from careline.store.scoped import scoped

SLUG = "demo"
BRAND = "acme_example"
_INVENTED = "An invented person of the Careline demo."

#: Who asks: (username, shown name). All of them are made up and say so.
PEOPLE = (
    ("jana_example", "Jana (example)"),
    ("omar_example", "Omar (example)"),
    ("lucie_example", "Lucie (example)"),
    ("ben_example", "Ben (example)"),
    ("mei_example", "Mei (example)"),
)
POSTS = (
    ("jana_example", f"@{BRAND} my parcel should have been here on Monday. Where is it?"),
    ("omar_example", f"@{BRAND} the app logs me out every few minutes since the update, what can I do?"),
    ("lucie_example", f"@{BRAND} Guten Morgen, ich habe zwei Rechnungen für eine Bestellung bekommen."),
    ("ben_example", f"Third time this week that my train pass does not open the gate. Anybody awake, @{BRAND}?"),
)
MESSAGES = (("mei_example", "Hello, I would like to change the address of my order. Can I do that here?"),)


@dataclass(frozen=True, slots=True)
class LocalX:
    """The local X's control paths. Raises ConfigError when it does not answer as it should."""

    client: Client
    origin: str

    def order(self, path: str, *, may_exist: bool = False, **body: Any) -> dict[str, Any]:
        """Have something made; {} where it was there already (and that is fine)."""
        request = self.client.build("POST", f"{self.origin}/_sandbox/{path}", json=body)
        return self._answer(request, path, may_exist=may_exist)

    def person(self, username: str) -> dict[str, Any]:
        """A person by username."""
        listed = self._answer(self.client.build("GET", f"{self.origin}/_sandbox/people"), "people")
        return next(one for one in listed["people"] if one["username"] == username)

    def _answer(self, request: Any, path: str, *, may_exist: bool = False) -> dict[str, Any]:
        reply = self.client.exchange(request, timeout_s=10, max_bytes=5_000_000, open_origin=self.origin)
        if isinstance(reply, HttpReply) and reply.status < 300:
            found: dict[str, Any] = msgspec.json.decode(reply.body)
            return found
        if may_exist and isinstance(reply, HttpReply) and reply.status in (403, 409):
            return {}
        said = f"status {reply.status}" if isinstance(reply, HttpReply) else reply.detail
        msg = f"The local X did not do {path} ({said}): move its state file away and start again."
        raise ConfigError(msg)


def make_demo(wired: Wired, origin: str, say: Callable[[str], None], *, cast_speed: float | None = None) -> Workspace:
    """The demo workspace with its account, connected; made where it is missing.

    `cast_speed`: how fast the local X's invented customers write to the brand; None keeps them quiet, and a few first
    posts stand in their place.
    """
    workspace = people.workspace(SLUG, name="Demo", sandbox=True)
    # The local X may listen on another port than last time.
    scoped(App, workspace.id).exclude(api_base=origin).update(api_base=origin)
    account = scoped(Account, workspace.id).select_related("app").first()
    local_x = LocalX(wired.client, origin)
    if account is not None and account.connected:
        _set_cast(local_x, cast_speed)
        return workspace
    say("Making the demo: a brand on the local X, and people who ask it for help.")
    account = account or _account(wired, workspace, local_x)
    _connect(wired, account)
    if cast_speed is None:
        _fill(local_x)
    _set_cast(local_x, cast_speed)
    scoped(Account, workspace.id).filter(id=account.id).update(connected=True, trouble="")
    return workspace


def _account(wired: Wired, workspace: Workspace, local_x: LocalX) -> Account:
    """The brand, its developer app and its tokens. An app's secrets are shown once, so a second try makes another."""
    local_x.order("people", may_exist=True, username=BRAND, name="ACME (example brand)", description=_INVENTED)
    brand = local_x.person(BRAND)
    made = local_x.order("apps", name="Careline demo", owner=BRAND)
    now_ms = wired.desk.clock.now_ms()
    secrets = {name: str(made.get(name) or "") for name in _APP_SECRETS}
    app = App(
        id=make_id(now_ms),
        workspace=workspace,
        network="x",
        name=f"Careline demo {made['id']}",
        api_base=local_x.origin,
        secrets=secrets,
        created_ms=now_ms,
    )
    tokens = {**_token(local_x, made["id"], "oauth1"), **_token(local_x, made["id"], "oauth2")}
    account = Account(
        id=make_id(now_ms),
        workspace=workspace,
        app=app,
        network="x",
        network_id=str(brand["id"]),
        handle=BRAND,
        name=brand["name"],
        secrets={name: str(tokens.get(said) or "") for name, said in _ACCOUNT_SECRETS.items()},
        token_expires_ms=now_ms + int(tokens.get("expires_in") or 7200) * 1000,
        created_ms=now_ms,
    )
    app.save(force_insert=True)
    account.save(force_insert=True)
    return account


_APP_SECRETS = ("consumer_key", "consumer_secret", "bearer_token", "client_id", "client_secret")
#: Our names for what the local X's answer calls them.
_ACCOUNT_SECRETS = {
    "oauth1_token": "oauth_token",
    "oauth1_secret": "oauth_token_secret",
    "access_token": "access_token",
    "refresh_token": "refresh_token",
}


def _token(local_x: LocalX, app_id: str, kind: str) -> dict[str, Any]:
    return local_x.order("tokens", app_id=app_id, person_id=BRAND, kind=kind)


def _connect(wired: Wired, account: Account) -> None:
    channel = wired.channels[account.network]
    trouble = wired.perform(account, channel.connect(account.network_id, wired.desk.clock.now_ms()))
    if isinstance(trouble, Problem):
        msg = f"The local X did not connect the demo account ({trouble.detail}): start again."
        raise ConfigError(msg)


def _set_cast(local_x: LocalX, speed: float | None) -> None:
    """Let the cast play for our brand, or be quiet."""
    wanted: dict[str, Any] = {"brand": BRAND, "paused": speed is None}
    if speed is not None:
        wanted["speed"] = speed
    local_x.order("cast", **wanted)


def _fill(local_x: LocalX) -> None:
    """The same text twice is refused by X's rules, which is what makes a second try harmless."""
    for username, name in PEOPLE:
        local_x.order("people", may_exist=True, username=username, name=name, description=_INVENTED)
    for username, text in POSTS:
        local_x.order("posts", may_exist=True, author=username, text=text)
    for username, text in MESSAGES:
        local_x.order("dms", may_exist=True, **{"from": username, "to": BRAND, "text": text})
