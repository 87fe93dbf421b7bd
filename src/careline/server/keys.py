"""The install's keys: made once, kept beside the databases but never in them (docs/operations.md, "Keys").

`secrets` encrypts tokens of apps and accounts, the first key writes and all read; `django` signs sessions. A key made
anew beside an old database would leave its secrets unreadable for good, so a missing file is an error there.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from careline.server.config import Config, ConfigError


@dataclass(frozen=True, slots=True)
class Keys:
    """`secrets`: Fernet keys, newest first. `django`: Django's SECRET_KEY."""

    secrets: tuple[str, ...]
    django: str


def load_keys(config: Config) -> Keys:
    """Read the keys; a new install gets them now. Raises ConfigError."""
    if not config.keys_file.exists():
        if has_database(config):
            msg = (
                f"The key file {config.keys_file} is missing beside an existing database: put it back from your backup."
            )
            raise ConfigError(msg)
        _make(config.keys_file)
    return _read(config.keys_file)


def has_database(config: Config) -> bool:
    """Whether this install has tables already. An empty SQLite file is what a mere look leaves behind."""
    if not config.database:
        return config.desk_file.exists() and config.desk_file.stat().st_size > 0
    import psycopg

    try:
        with psycopg.connect(config.database, connect_timeout=5) as connection:
            row = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
    except psycopg.Error as error:
        msg = (
            f"The database of CARELINE_DATABASE does not answer ({type(error).__name__}): start it or correct the URL."
        )
        raise ConfigError(msg) from error
    return bool(row and row[0])


def _make(path: Path) -> None:
    """Write a whole file under another name and link it: of two processes at once, one wins and both read the same."""
    from cryptography.fernet import Fernet

    text = json.dumps({"secrets": [Fernet.generate_key().decode()], "django": secrets.token_urlsafe(50)}, indent=1)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="keys.", dir=path.parent)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
    except OSError as error:
        msg = f"Cannot write keys to {path.parent} ({error.strerror}): make it writable or name another CARELINE_STATE."
        raise ConfigError(msg) from error


def _read(path: Path) -> Keys:
    from cryptography.fernet import Fernet

    try:
        raw = json.loads(path.read_text())
        keys = Keys(secrets=tuple(raw["secrets"]), django=raw["django"])
        if not keys.secrets or len(keys.django) < 50:
            raise ValueError
        for key in keys.secrets:
            Fernet(key)
    except OSError as error:
        msg = f"Cannot read the key file {path} ({error.strerror}): start Careline as the user who owns it."
        raise ConfigError(msg) from error
    except (ValueError, KeyError, TypeError) as error:
        msg = f"The key file {path} is damaged: put it back from your backup."
        raise ConfigError(msg) from error
    return keys
