"""Leaving the sandbox: says what would go, asks, and takes it away whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from careline.server.start import open_desk

if TYPE_CHECKING:
    from careline.server.leave import Part, Plan


@click.command("leave-sandbox")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def leave_sandbox(dry_run: bool, yes: bool) -> None:
    """Delete the demo without traces: its workspace, messages, events, pictures, and the local X.

    Other workspaces stay exactly as they are. Stop Careline first. Afterwards `careline up` makes no new demo;
    `careline up --demo` does.
    """
    config = open_desk()
    from careline.server.leave import leave, survey
    from careline.server.locks import nothing_running
    from careline.server.wiring import wire

    with nothing_running(config, ("up", "web", "worker")):
        wired = wire(config)
        try:
            plan = survey(config, wired)
            if plan.is_empty:
                click.echo("There is no sandbox here: nothing to leave.")
                return
            _tell(plan)
            if dry_run:
                return
            if not yes:
                click.confirm("Delete all of this for good?", abort=True)
            stay = leave(config, wired, plan)
        finally:
            wired.close()
    _say_goodbye(plan, stay)


def _tell(plan: Plan) -> None:
    click.echo("Leaving the sandbox deletes, for good:")
    for part in plan.parts:
        for line in _lines(part):
            click.echo(f"  {line}")
    for person in plan.people:
        click.echo(f"  the sign-in of {person.email}, who has a seat nowhere else")
    for file in plan.files:
        click.echo(f"  {file}")
    others = ", ".join(plan.others)
    click.echo(f"Other workspaces stay exactly as they are: {others}." if others else "There is no other workspace.")
    for folder in plan.copies:
        click.echo(f"Older copies of this install are in {folder} and stay: delete them yourself for no trace at all.")


def _lines(part: Part) -> list[str]:
    return [
        f"workspace {part.workspace.name} ({part.workspace.slug}): accounts {part.accounts},"
        f" customers {part.customers}, conversations {part.conversations}, messages {part.messages}",
        f"  and of it in the raw log: events {part.events}; copies of pictures: {part.pictures}",
    ]


def _say_goodbye(plan: Plan, stay: list[str]) -> None:
    click.echo("The sandbox is gone.")
    for email in stay:
        click.echo(f"{email} stays: something in another workspace was written by them.")
    if not plan.others:
        click.echo("A workspace of your own: careline user add you@example.com --new-workspace NAME --workspace SHORT")
    click.echo("A new demo, should you want one: careline up --demo")
