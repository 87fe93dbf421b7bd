"""The raw log in one SQLite file (law 1: on disk before anyone is told "received").

WAL with synchronous=FULL: a commit returns after the fsync of its WAL frames (sqlite.org/wal.html, "performance
considerations"). The single write lock makes seq order commit order; AUTOINCREMENT never gives a number twice
(sqlite.org/autoinc.html). Readers use a connection of their own and wait for nobody.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from careline.ports.event_log import LoggedEvent, LogUnavailable, RawEvent

_VERSION = 1
_BUSY_S = 5.0
_SELECT = "SELECT seq, workspace_id, app_id, network, source, received_ms, payload, redacted FROM event"
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, workspace_id INTEGER NOT NULL, app_id INTEGER NOT NULL,
        network TEXT NOT NULL, source TEXT NOT NULL, received_ms INTEGER NOT NULL, payload BLOB NOT NULL,
        redacted TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE IF NOT EXISTS epoch (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL)",
    f"PRAGMA user_version = {_VERSION}",
)
#: Rows of one INSERT. One statement is one release of the interpreter's lock: with a row a statement, a writer
#: beside a busy event loop would queue for that lock once a row, up to 5 ms each (sys.getswitchinterval).
_CHUNKS = (256, 32, 4, 1)


class SqliteEventLog:
    """An `EventLog` in the file `path`, made when missing. Raises LogUnavailable when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        with _failures("be opened", path):
            self._writer = _connect(path)
            self._prepare()
            self._reader = _connect(path)

    def epoch(self) -> str:
        """See EventLog."""
        return str(self._rows("SELECT name FROM epoch")[0][0])

    def append(self, events: Sequence[RawEvent]) -> list[int]:
        """See EventLog."""
        with self._transaction("take events") as connection:
            return [seq for rows in _chunks(events) for seq in _insert(connection, rows)]

    def read(self, after: int, limit: int) -> list[LoggedEvent]:
        """See EventLog."""
        rows = self._rows(f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
        return [LoggedEvent(*row) for row in rows]

    def get(self, seqs: Sequence[int]) -> list[LoggedEvent]:
        """See EventLog."""
        found = (self._rows(f"{_SELECT} WHERE seq = ?", seq) for seq in sorted(set(seqs)))
        return [LoggedEvent(*row) for rows in found for row in rows]

    def head(self) -> int:
        """See EventLog."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM event")[0][0])

    def redact(self, seq: int, payload: bytes, reason: str) -> None:
        """See EventLog. Raises LogUnavailable also when a reader kept the old bytes in the WAL: call it again."""
        with self._transaction("be redacted") as connection:
            connection.execute("UPDATE event SET payload = ?, redacted = ? WHERE seq = ?", (payload, reason, seq))
        self._empty_wal()

    def count(self, workspace_id: int) -> int:
        """See EventLog."""
        return int(self._rows("SELECT count(*) FROM event WHERE workspace_id = ?", workspace_id)[0][0])

    def forget(self, workspace_id: int) -> int:
        """See EventLog. Raises LogUnavailable also when a reader kept the old bytes in the WAL: call it again."""
        with self._transaction("forget a workspace") as connection:
            gone = connection.execute("DELETE FROM event WHERE workspace_id = ?", (workspace_id,)).rowcount
        # The pages are zeroed (secure_delete), but the file would stay as long as it was.
        with self._writing, _failures("be made smaller", self._path):
            self._writer.execute("VACUUM")
        self._empty_wal()
        return gone

    def renew_epoch(self) -> str:
        """See EventLog."""
        name = secrets.token_hex(16)
        with self._transaction("be given an epoch") as connection:
            connection.execute("UPDATE epoch SET name = ?", (name,))
        return name

    def close(self) -> None:
        """See EventLog."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _prepare(self) -> None:
        found = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if found > _VERSION:
            msg = f"The event log {self._path} was written by a newer version of Careline. Use that version."
            raise LogUnavailable(msg)
        with self._transaction("be prepared") as connection:
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT OR IGNORE INTO epoch VALUES (1, ?)", (secrets.token_hex(16),))

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._reading, _failures("be read", self._path):
            return self._reader.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self, aim: str) -> Iterator[sqlite3.Connection]:
        with self._writing, _failures(aim, self._path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def _empty_wal(self) -> None:
        # secure_delete zeroes what an UPDATE frees in the file; the WAL still holds the old page until it is cut.
        with self._writing, _failures("be redacted", self._path):
            busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            msg = f"The event log {self._path} was being read: old bytes are still in its WAL."
            raise LogUnavailable(msg)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _chunks(events: Sequence[RawEvent]) -> Iterator[list[RawEvent]]:
    waiting, left = iter(events), len(events)
    for size in _CHUNKS:
        while left >= size:
            yield list(islice(waiting, size))
            left -= size


def _insert(connection: sqlite3.Connection, events: list[RawEvent]) -> range:
    # Within one transaction AUTOINCREMENT counts without gaps, so the last seq tells them all.
    values = [
        value for e in events for value in (e.workspace_id, e.app_id, e.network, e.source, e.received_ms, e.payload)
    ]
    places = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(events))
    cursor = connection.execute(
        f"INSERT INTO event (workspace_id, app_id, network, source, received_ms, payload) VALUES {places}",  # noqa: S608
        values,
    )
    last = cursor.lastrowid or 0
    return range(last - len(events) + 1, last + 1)


@contextmanager
def _failures(aim: str, path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        msg = f"The event log {path} could not {aim}: {error}."
        raise LogUnavailable(msg) from error
