"""Whether the tables in the database are those of this version (a database from a newer one is refused in words)."""

from __future__ import annotations

from enum import StrEnum

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.utils import DatabaseError

from careline.server.config import Config, ConfigError


class Schema(StrEnum):
    """NEW: no tables yet. OLD: migrations of this version are missing. NEWER: it has some that we do not know."""

    NEW = "new"
    OLD = "old"
    CURRENT = "current"
    NEWER = "newer"


def schema_state() -> Schema:
    """Compare the migrations recorded in the database with those in this program. Raises ConfigError."""
    try:
        loader = MigrationLoader(connection)
    except DatabaseError as error:
        msg = f"The desk's database cannot be opened ({_words(error)}): see `careline doctor`."
        raise ConfigError(msg) from error
    applied = set(loader.applied_migrations)
    if not applied:
        return Schema.NEW
    if {one for one in applied - set(loader.disk_migrations) if one[0] == "store"}:
        return Schema.NEWER
    return Schema.CURRENT if set(loader.disk_migrations) <= applied else Schema.OLD


def require_current(config: Config) -> None:
    """Raises ConfigError unless the tables are exactly this version's."""
    state = schema_state()
    if state is Schema.NEWER:
        msg = (
            f"{place(config)} was made by a newer version of Careline: start that version, or restore an older backup."
        )
        raise ConfigError(msg)
    if state is Schema.NEW:
        msg = f"{place(config)} has no tables yet: start with ./up, or run `careline migrate`."
        raise ConfigError(msg)
    if state is Schema.OLD:
        msg = f"{place(config)} is not prepared for this version: run `careline migrate` (it makes a backup first)."
        raise ConfigError(msg)


def place(config: Config) -> str:
    """The database in words, without its password."""
    return "The PostgreSQL database" if config.database else f"The database {config.desk_file}"


def _words(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
