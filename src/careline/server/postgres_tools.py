"""PostgreSQL's own programs for copies of a database; the password goes by environment, never on a command line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from careline.server.config import ConfigError

#: The raw log may live in the desk's database; its tables are always copied apart, after the desk's.
_LOG_TABLES = "raw_event*"


def dump(url: str, target: Path, *, log: bool) -> None:
    """Write the desk's tables (or with `log` the raw log's) to `target`. Raises ConfigError."""
    which = ["--table", _LOG_TABLES] if log else ["--exclude-table", _LOG_TABLES]
    _call("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *which])


def load(url: str, source: Path) -> None:
    """Put what `dump` wrote in place of what is there, whole or not at all. Raises ConfigError."""
    options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _call("pg_restore", url, [*options, str(source)])


def _call(program: str, url: str, arguments: list[str]) -> None:
    path = shutil.which(program)
    if path is None:
        msg = f"{program} is missing: install it (Debian: apt-get install postgresql-client)."
        raise ConfigError(msg)
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = parts.pop("password", "")
    env = os.environ | ({"PGPASSWORD": password} if password else {})
    command = [path, f"--dbname={make_conninfo(**parts)}", *arguments]
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        msg = f"{program} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        raise ConfigError(msg)
