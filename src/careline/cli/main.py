"""The `careline` command: its verbs, and one place that turns what can go wrong into one line that says what to do."""

from __future__ import annotations

import os
import sys

import click

from careline import __version__
from careline.cli.backups import backup, migrate, restore
from careline.cli.doctor import doctor
from careline.cli.leave_sandbox import leave_sandbox
from careline.cli.logbook import dump, replay
from careline.cli.people import user
from careline.cli.run import run
from careline.cli.set_aside import set_aside
from careline.cli.trouble import in_words
from careline.cli.up import up


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="careline")
def careline() -> None:
    """A desk on which a company answers its customers on X, in public and in private.

    The install is the folder that CARELINE_STATE names (default: .state): databases, keys, pictures. Start with
    `careline up` for a look at a demo on this machine, or `careline doctor` to see how an install is.
    """


for command in (up, run, doctor, user, migrate, backup, restore, dump, replay, set_aside, leave_sandbox):
    careline.add_command(command)


def main() -> None:
    """The entry point of the installed command."""
    # Customers' messages lie in clear in the state folder: what this program makes is its owner's alone.
    os.umask(0o077)
    try:
        careline.main(standalone_mode=False)
    except click.exceptions.Exit as left:
        sys.exit(left.exit_code)
    except click.ClickException as mistake:
        mistake.show()
        sys.exit(mistake.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        words = in_words(error)
        if words is None:
            raise
        click.echo(f"careline: {words}", err=True)
        sys.exit(1)
