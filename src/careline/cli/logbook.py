"""The desk as a function of its two logs: showing it in canonical form, and deriving it anew (law 1)."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click

from careline.server.locks import nothing_running
from careline.server.start import open_desk


@click.command()
@click.option("--canonical", is_flag=True, required=True, help="Without internal ids and times of receipt: comparable.")
@click.option("--workspace", "slug", required=True, help="The workspace's short name.")
@click.option("--to", "target", type=click.File("w"), default="-", help="A file to write; default: standard output.")
def dump(canonical: bool, slug: str, target: TextIO) -> None:
    """Write a workspace's conversations and messages as JSON. Two desks are equal when these are.

    This holds customers' messages in clear.
    """
    open_desk()
    from careline.server import people
    from careline.store.queries import canonical as form

    json.dump(form.dump(people.workspace(slug).id), target, indent=1, sort_keys=True, ensure_ascii=False)
    target.write("\n")


@click.command()
@click.option("--workspace", "slug", required=True, help="The workspace's short name.")
def replay(slug: str) -> None:
    """Derive a workspace anew from the raw log and the decision log. Stop Careline first.

    All or nothing: if it fails, nothing has changed. Pictures, drafts and messages on their way are kept.
    """
    config = open_desk()
    from careline.actions.rebuild import rebuild
    from careline.server import people
    from careline.server.wiring import wire

    workspace = people.workspace(slug)
    with nothing_running(config):
        wired = wire(config)
        rebuild(
            workspace.id,
            log=wired.log,
            channels=wired.channels,
            now_ms=wired.desk.clock.now_ms(),
            progress=lambda seq: (
                click.echo(f"\rread to event {seq}", nl=False, err=True) if sys.stderr.isatty() else None
            ),
        )
        wired.close()
    click.echo(f"{workspace.name} has been derived anew.")
