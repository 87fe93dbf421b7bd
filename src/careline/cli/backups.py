"""Copies of the install, and putting one back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from careline.server.config import Config

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
def migrate() -> None:
    """Bring the database to this version. A backup of the old one is made first."""
    from careline.server import migrate as work
    from careline.server.start import start_django

    kept = work.migrate(start_django())
    if kept is not None:
        click.echo(f"The database as it was before: {kept}")
    click.echo("The database is that of this version.")


@click.command()
@click.option("--to", "target", type=_FOLDER, help="A folder to make; default: one in the state folder.")
def backup(target: Path | None) -> None:
    """Copy databases and pictures while everything runs. The key is not among them: keep it elsewhere.

    A backup holds customers' messages in clear. Whoever has it and the key can also act as your accounts.
    """
    from careline.server.backup import make_backup
    from careline.server.start import start_django

    config = start_django()
    click.echo(f"Backup: {make_backup(config, target)}")
    click.echo(f"Not in it: the key file. Copy {config.keys_file} once to a place of its own, away from backups.")


@click.command()
@click.argument("source", type=_FOLDER)
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The key file to use.")
def restore(source: Path, key: Path | None) -> None:
    """Make this install what the backup SOURCE holds. What is there now is moved aside, not deleted.

    Stop Careline first. Messages that came after the backup are fetched again as far as X's lists reach; what
    agents did since then is not in it.
    """
    from careline.server.config import read_config
    from careline.server.locks import nothing_running
    from careline.server.restore import require_key, restore_backup
    from careline.server.start import check_state_folder, start_django

    config = read_config()
    check_state_folder(config)
    with nothing_running(config, ("up", "web", "worker")):
        if key is not None:
            _put_key(key, config.keys_file)
        require_key(config)
        aside = restore_backup(start_django(), source)
    if aside is not None:
        click.echo(f"What was here before: {aside}")
    _finish(config)


def _put_key(key: Path, place: Path) -> None:
    from careline.server.config import ConfigError

    if place.exists() and place.read_bytes() != key.read_bytes():
        msg = f"{place} holds another key: move it away first if the backup was made with {key}."
        raise ConfigError(msg)
    shutil.copyfile(key, place)
    place.chmod(0o600)


def _finish(config: Config) -> None:
    """Bring an older desk to this version, and say at once if the key does not fit."""
    from careline.server import migrate as work
    from careline.server.checkup import secrets_readable

    work.migrate(config)
    trouble = secrets_readable()
    click.echo("Restored." if trouble is None else f"Restored, but: {trouble}")
