"""The commands ``fault`` and ``replay`` of ``careline-sandbox``: they act in a sandbox that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import httpx

from careline_sandbox import replay as replays

_URL = click.option("--url", default="http://127.0.0.1:8790", show_default=True, help="The running sandbox.")


@click.group()
def fault() -> None:
    """Order faults: refused, hanging, lost, late, doubled or reordered answers and deliveries."""


@fault.command("add")
@click.argument("target")
@click.argument("kind")
@click.option("--probability", default=1.0, show_default=True, type=click.FloatRange(0, 1))
@click.option("--count", type=click.IntRange(1), help="How many times at most; for good if left out.")
@click.option("--reset-s", default=60.0, show_default=True, help="Seconds until the reset that a 429 names.")
@_URL
def add(target: str, kind: str, probability: float, count: int | None, reset_s: float, url: str) -> None:
    """Put a fault in force.

    TARGET is a method and path ("POST /2/tweets", "* /2/dm_events*"), "delivery" or "stream", the last two
    with an event type behind them if only one is meant ("delivery dm.*").

    KIND at a path: status:429, status:500, status:503, hang_before, hang_after, cut_after, disconnect,
    late_effect:SECONDS, delay:SECONDS. On deliveries: drop, double, delay:SECONDS, reorder:N; on streams also
    disconnect.
    """
    body = {"target": target, "kind": kind, "probability": probability, "count": count, "reset_s": reset_s}
    _show(_ask("POST", url, body))


@fault.command("list")
@_URL
def listing(url: str) -> None:
    """Show the faults in force and how often each fired."""
    _show(_ask("GET", url))


@fault.command("clear")
@_URL
def clear(url: str) -> None:
    """End all faults."""
    _ask("DELETE", url)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", default="full", show_default=True, help='"full", or how many times as fast as recorded.')
@click.option("--limit", type=click.IntRange(1), help="Only the first rows of the file.")
@click.option("--map", "map_file", type=click.Path(dir_okay=False, path_type=Path), help="File's ids to X's, as JSON.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Who is told of which post, as JSON.")
@_URL
def replay(file: Path, speed: str, limit: int | None, map_file: Path | None, report: Path | None, url: str) -> None:
    """Play recorded conversations (CSV) and say what X would deliver, and to whom."""
    try:
        factor = None if speed == "full" else float(speed)
        if factor is not None and not 0 < factor < float("inf"):
            raise ValueError
    except ValueError:
        raise click.BadParameter("it is full, or a number above 0", param_hint="--speed") from None
    try:
        outcome = replays.play(replays.read(file, limit=limit), url=url, speed=factor)
        if map_file:
            map_file.write_text(json.dumps(outcome.ids, indent=0), encoding="utf-8")
        if report:
            report.write_text(json.dumps({"told": outcome.told, "untold": outcome.untold}), encoding="utf-8")
    except (replays.Unreadable, OSError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"the sandbox at {url} did not play it: {error}") from error
    click.echo(json.dumps(outcome.counts(), indent=1))


def _ask(method: str, url: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    try:
        response = httpx.request(method, f"{url}/_sandbox/faults", json=body, timeout=30, trust_env=False)
    except httpx.HTTPError as error:
        raise click.ClickException(f"no sandbox answers at {url}: {error}") from error
    if response.is_error:
        reason = response.json().get("error") if response.content else f"HTTP {response.status_code}"
        raise click.ClickException(str(reason))
    listed: list[dict[str, Any]] = response.json()["faults"]
    return listed


def _show(listed: list[dict[str, Any]]) -> None:
    for entry in listed:
        left = "for good" if entry["count"] is None else f"{entry['count']} more"
        click.echo(
            f"{entry['target']}  {entry['kind']}  probability {entry['probability']:g}, {left}, fired {entry['fired']}"
        )
