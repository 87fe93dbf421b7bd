"""A private PostgreSQL for one test run: its own cluster on a unix socket, durable like a real one, gone afterwards.

Started by whichever test asks first, also over several pytest-xdist workers (a file lock decides), stopped by the
process that owns the run. `initdb` refuses root, so root runs it as the system's `postgres` user.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

_OWNER = "postgres"


class NoPostgres(Exception):
    """PostgreSQL's programs are not on this machine; the text says which."""


def programs() -> Path:
    """The newest installed folder with `initdb` and `pg_ctl`. Raises NoPostgres."""
    found = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), key=lambda path: int(path.parts[-2])
    )
    on_path = shutil.which("initdb")
    if found:
        return found[-1]
    if on_path:
        return Path(on_path).resolve().parent
    raise NoPostgres("PostgreSQL is not installed (apt-get install postgresql)")


class Cluster:
    """A cluster in `folder`/pg, for as long as the process `owner` lives.

    Every user name is trusted, but only this user (and root) can reach the socket. `folder` goes with the cluster.
    """

    def __init__(self, folder: Path, owner: int) -> None:
        self._folder, self._owner = folder, owner
        self._data = folder / "pg" / "data"
        self._socket = folder / "pg"

    def start(self) -> None:
        """Make and start the cluster, unless another process of this run has. Raises NoPostgres."""
        tools = programs()
        with (self._folder / "pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self._data / "postmaster.pid").exists():
                self._make(tools)

    def _make(self, tools: Path) -> None:
        self._socket.mkdir(mode=0o711)
        if os.getuid() == 0:
            owner = _system_user()
            os.chown(self._socket, owner.pw_uid, owner.pw_gid)
        _run([tools / "initdb", "-D", self._data, "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
        # Durability stays on, as in production; only the listening port and the syslog noise are left out.
        options = f"-c listen_addresses='' -c unix_socket_directories={self._socket} -c unix_socket_permissions=0700"
        log = self._socket / "log"
        _run([tools / "pg_ctl", "-D", self._data, "-l", log, "-w", "-t", "60", "-o", options, "start"])
        self._watch(tools)

    def _watch(self, tools: Path) -> None:
        """Should the owner be killed before it can stop the cluster, this shell does it and sweeps up."""
        stop = " ".join([*_as_owner(), str(tools / "pg_ctl"), "-D", str(self._data), "-m", "immediate", "stop"])
        gone = f"while kill -0 {self._owner}; do sleep 2; done"
        script = f"({gone}; test -e {self._data}/postmaster.pid && {stop}; rm -rf {self._folder}) &"
        subprocess.run(
            ["sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", start_new_session=True, check=True,
        )  # fmt: skip

    def stop(self) -> None:
        """Stop it at once, if it runs: nobody will ever read this data again."""
        if (self._data / "postmaster.pid").exists():
            _run([programs() / "pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop"])

    def url(self, database: str) -> str:
        """The address of `database`, as CARELINE_DATABASE takes it."""
        return f"postgresql://{_OWNER}@/{database}?host={self._socket}"

    def create(self, database: str) -> str:
        """Make an empty database and return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Throw a database away, whoever is still connected to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_OWNER)
    except KeyError as error:
        raise NoPostgres("PostgreSQL refuses to run as root and there is no system user 'postgres'") from error


def _as_owner() -> list[str]:
    return ["setpriv", f"--reuid={_OWNER}", f"--regid={_OWNER}", "--clear-groups"] if os.getuid() == 0 else []


def _run(command: list[str | Path]) -> None:
    # Output goes to a file: a pipe would be inherited by the server and never end.
    done = subprocess.run(
        [*_as_owner(), *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if "initdb" in str(command[0]) else subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ.get("PATH", "/usr/bin"), "LC_ALL": "C.UTF-8"},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {(done.stderr or b'').decode()[-500:]}")
