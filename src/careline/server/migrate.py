"""Bringing the desk's tables to this version, with a backup of what was there before."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from careline.server.backup import make_backup
from careline.server.config import Config
from careline.server.locks import nothing_running
from careline.server.schema import Schema, require_current, schema_state


def migrate(config: Config) -> Path | None:
    """Make or change the tables if need be; return the backup that was made before a change. Raises ConfigError."""
    state = schema_state()
    if state is Schema.NEWER:
        require_current(config)
    if state is Schema.CURRENT:
        return None
    with nothing_running(config):
        kept = make_backup(config, why="before migration", desk_only=True) if state is Schema.OLD else None
        call_command("migrate", verbosity=0, interactive=False)
    return kept
