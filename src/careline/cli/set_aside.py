"""Events that could not be read: they are kept, and can be tried again once the reason is gone (law 1)."""

from __future__ import annotations

import click

from careline.server.start import open_desk


@click.group("set-aside")
def set_aside() -> None:
    """Events that could not be read: list them, or try them again."""


@set_aside.command("list")
@click.option("--workspace", "slug", required=True, help="The workspace's short name.")
def list_them(slug: str) -> None:
    """Show each with its place in the log and the reason. What the event says is not shown."""
    open_desk()
    from careline.server import people
    from careline.store.queries import operator

    rows = operator.set_aside(people.workspace(slug).id)
    for row in rows:
        click.echo(f"{row.seq:>10}  tried {row.tries}x  {row.reason}")
    if not rows:
        click.echo("Nothing is set aside.")


@set_aside.command("retry")
@click.option("--workspace", "slug", required=True, help="The workspace's short name.")
@click.argument("seqs", type=int, nargs=-1)
def retry(slug: str, seqs: tuple[int, ...]) -> None:
    """Try the events at these places of the log again, or all of them."""
    config = open_desk()
    from careline.actions.context import Actor
    from careline.intake.pump import retry_set_aside
    from careline.server import people
    from careline.server.wiring import wire

    wired = wire(config)
    actor = Actor(people.workspace(slug).id)
    read, left = retry_set_aside(wired.log, wired.channels, wired.desk, actor, seqs=seqs or None)
    wired.close()
    click.echo(f"{read} went in, {left} stay set aside.")
