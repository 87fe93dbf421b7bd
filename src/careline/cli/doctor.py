"""How this install is, and what to do where it is not well."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click


@click.command()
@click.option("--gaps", is_flag=True, help="List the times for which X's lists no longer reached back.")
def doctor(gaps: bool) -> None:
    """Look at settings, keys, databases, disk, clock, accounts and unfinished work.

    Ends with status 1 when something needs a person, so that a timer can call it.
    """
    from careline.server.checkup import check_up
    from careline.server.start import start_django

    config = start_django()
    if gaps:
        _list_gaps()
        return
    owed = 0
    for finding in check_up(config):
        mark = click.style("look", fg="yellow") if finding.advice else click.style("ok  ", fg="green")
        click.echo(f"{mark}  {finding.subject:<10} {finding.words}")
        if finding.advice:
            owed += 1
            click.echo(f"{'':>17} -> {finding.advice}")
    click.echo("All is well." if not owed else f"{owed} thing(s) need a person.")
    sys.exit(1 if owed else 0)


def _list_gaps() -> None:
    from careline.store.queries import operator

    for gap in operator.gaps():
        click.echo(f"{gap.workspace.slug}  {gap.account}  {_time(gap.from_ms)} to {_time(gap.to_ms)}  {gap.detail}")


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
