"""``careline-sandbox``: serve a local X, and act in one that runs.

All commands but ``serve`` speak to a running sandbox over its control paths, so they can be used while a desk
or a test is connected to it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Any

import click
import httpx

from careline_sandbox import commands
from careline_sandbox import serve as serving
from careline_sandbox.app import build
from careline_sandbox.clock import Clock
from careline_sandbox.world import World, settings
from careline_sandbox.world.schema import NewerWorld

_URL = click.option("--url", default="http://127.0.0.1:8790", show_default=True, help="The running sandbox.")


@click.group()
def main() -> None:
    """A local X: many people, posts and private messages, on this machine alone."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8790, show_default=True, type=click.IntRange(1, 65535))
@click.option("--state", default=":memory:", show_default=True, help="A file that keeps the world, or :memory:.")
@click.option("--beyond-loopback", is_flag=True, help="Allow an address that other machines can reach.")
@click.option(
    "--summon", type=click.Choice(["strict", "engaged"]), help="Whether a reply to our post lets apps answer."
)
@click.option("--seed", default=0, show_default=True, help="Makes faults and event ids repeatable.")
def serve(host: str, port: int, state: str, beyond_loopback: bool, summon: str | None, seed: int) -> None:
    """Answer as api.x.com until Ctrl-C."""
    try:
        serving.check_address(host, port, beyond_loopback=beyond_loopback)
        clock = Clock.from_environment()
        clock.now_ms()
        world = _open(state)
    except (serving.CannotListen, ValueError) as error:
        raise click.ClickException(str(error)) from error
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104 - only compared
    base_url = f"http://{shown}:{port}"
    with world.write() as tx:
        settings.put(tx, "base_url", base_url)
        if summon:
            settings.put(tx, "summon", summon)
    application = build(world, clock, seed=seed, beyond_loopback=beyond_loopback)
    serving.run(
        application, host=host, port=port, ready=lambda: click.echo(f"local X ready at {base_url}/ (state: {state})")
    )
    world.close()
    serving.leave()


def _open(state: str) -> World:
    """The world in a file, which no second sandbox may serve meanwhile: both would mint the same ids."""
    try:
        if state != ":memory:":
            Path(state).parent.mkdir(parents=True, exist_ok=True)
            _lock(f"{state}.lock")
        return World.connect(state)
    except NewerWorld as error:
        raise click.ClickException(f"{error}; use the newer sandbox, or another --state.") from error
    except BlockingIOError as error:
        raise click.ClickException(f"another sandbox serves {state}; stop it, or use another --state.") from error
    except (sqlite3.Error, OSError) as error:
        raise click.ClickException(f"the state {state} cannot be used: {error}.") from error


def _lock(path: str) -> None:
    """Hold a lock file until this process ends, however it ends. Raises BlockingIOError if another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@main.command()
@click.argument("username")
@click.option("--name", default="")
@click.option("--protected", is_flag=True)
@click.option("--dm-from", type=click.Choice(["everyone", "following", "none"]), default="everyone")
@_URL
def person(username: str, name: str, protected: bool, dm_from: str, url: str) -> None:
    """Make a person."""
    _order(url, "people", {"username": username, "name": name, "protected": protected, "dm_from": dm_from})


@main.command()
@click.argument("name")
@click.option("--owner", required=True, help="Username of the person whose app it is.")
@click.option("--tier", type=click.Choice(["self_serve", "enterprise"]), default="self_serve", show_default=True)
@_URL
def app(name: str, owner: str, tier: str, url: str) -> None:
    """Make a developer app and print its credentials."""
    _order(url, "apps", {"name": name, "owner": owner, "tier": tier})


@main.command()
@click.option("--app", "app_id", required=True, help="The app's id.")
@click.option("--person", "person_id", required=True, help="Username of the person it may act for.")
@click.option("--kind", type=click.Choice(["oauth2", "oauth1"]), default="oauth2", show_default=True)
@click.option("--expires-in", default=7200, show_default=True, help="Seconds (OAuth 2.0).")
@_URL
def token(app_id: str, person_id: str, kind: str, expires_in: int, url: str) -> None:
    """Let an app act for a person, and print the tokens."""
    _order(url, "tokens", {"app_id": app_id, "person_id": person_id, "kind": kind, "expires_in": expires_in})


@main.command()
@click.argument("author")
@click.argument("text")
@click.option("--reply-to", help="Id of the post to answer.")
@_URL
def post(author: str, text: str, reply_to: str | None, url: str) -> None:
    """Post as a person, as if in X's own client."""
    body = {"author": author, "text": text}
    _order(url, "posts", {**body, "in_reply_to_id": reply_to} if reply_to else body)


@main.command()
@click.argument("sender")
@click.argument("recipient")
@click.argument("text")
@_URL
def dm(sender: str, recipient: str, text: str, url: str) -> None:
    """Write a private message as a person, as if in X's own client."""
    _order(url, "dms", {"from": sender, "to": recipient, "text": text})


main.add_command(commands.fault)
main.add_command(commands.replay)


def _order(url: str, path: str, body: dict[str, Any]) -> None:
    """Send one order to the running sandbox and print what it says."""
    try:
        response = httpx.post(f"{url}/_sandbox/{path}", json=body, timeout=30, trust_env=False)
    except httpx.HTTPError as error:
        raise click.ClickException(f"no sandbox answers at {url}: {error}") from error
    if response.is_error:
        reason = response.json().get("error") if response.content else f"HTTP {response.status_code}"
        raise click.ClickException(str(reason))
    click.echo(response.text)
