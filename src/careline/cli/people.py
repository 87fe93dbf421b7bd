"""Adding the people who answer: nobody signs up by themselves, and no mail is sent that could set a password."""

from __future__ import annotations

import secrets

import click

from careline.server.start import open_desk

_ROLES = click.Choice(["observer", "agent", "lead", "admin"])


@click.group()
def user() -> None:
    """Add a person, give them a role in a workspace, set a new password, or let in who lost their second factor."""


@user.command("add")
@click.argument("email")
@click.option("--workspace", "slug", required=True, help="The workspace's short name, as in its address.")
@click.option("--role", type=_ROLES, default="agent", show_default=True, help="What they may do there.")
@click.option("--name", default="", help="How colleagues see them; the part before the @ if left out.")
@click.option("--ask", is_flag=True, help="Ask for a password instead of making a random one.")
@click.option(
    "--new-workspace", default="", metavar="NAME", help="Make the workspace if it is missing, with this name."
)
def add(email: str, slug: str, role: str, name: str, ask: bool, new_workspace: str) -> None:
    """Let EMAIL work in a workspace. A person who is known already keeps their password and gets the role."""
    open_desk()
    from careline.server import people

    workspace = people.workspace(slug, name=new_workspace)
    password = _ask() if ask else None
    person, made = people.add_person(workspace, email=email, name=name, role=role, password=password)
    click.echo(f"{person.email} is {role} in {workspace.name}.")
    if made is not None and not ask:
        click.echo(f"Password: {made}")


@user.command("password")
@click.argument("email")
@click.option("--ask", is_flag=True, help="Ask for a password instead of making a random one.")
def password(email: str, ask: bool) -> None:
    """Set a new password for EMAIL and end their sessions."""
    open_desk()
    from careline.server import people

    chosen = _ask() if ask else secrets.token_urlsafe(15)
    people.set_password(email, chosen)
    click.echo(f"{email} has a new password." if ask else f"Password: {chosen}")


@user.command("second-factor-off")
@click.argument("email")
def second_factor_off(email: str) -> None:
    """Switch off the second factor of EMAIL, with its recovery codes, and end their sessions.

    For somebody whose phone is gone. Be sure that it is they who ask: afterwards the password alone lets them in.
    """
    open_desk()
    from careline.server import people

    was_on = people.second_factor_off(email)
    said = "The second factor is off" if was_on else "There was no second factor"
    click.echo(f"{said}; {email} is signed out everywhere.")


def _ask() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
