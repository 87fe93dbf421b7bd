"""The raw log in PostgreSQL 15+, for the bigger install (law 1).

A sequence alone hands out numbers before commit, so a reader could see 8, move on, and miss 7, which commits later.
Every append therefore takes one advisory lock to the end of its transaction: PostgreSQL lets go of locks after the
commit is visible, so seq order is commit order over all processes. Group commit keeps the lock's price small.
`synchronous_commit = on` is said in each append, whatever the server's own setting.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import Connection

from careline.ports.event_log import LoggedEvent, LogUnavailable, RawEvent

T = TypeVar("T")

#: Any fixed numbers do; they only have to be the same in every process that appends to a log.
_APPEND_LOCK = 0x0CA7E11E
_MAKE_LOCK = 0x0CA7E11F
#: Autovacuum looks at this table as soon as one row was replaced: redacted bytes do not wait for a fifth of the log.
_AT_ONCE = ", ".join(
    f"{part}autovacuum_vacuum_{setting} = 0" for part in ("", "toast.") for setting in ("threshold", "scale_factor")
)
_SCHEMA = (
    f"""CREATE TABLE IF NOT EXISTS raw_event (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace_id bigint NOT NULL, app_id bigint NOT NULL,
        network text NOT NULL, source text NOT NULL, received_ms bigint NOT NULL, payload bytea NOT NULL,
        redacted text NOT NULL DEFAULT '') WITH ({_AT_ONCE})""",
    "CREATE TABLE IF NOT EXISTS raw_event_epoch (one int PRIMARY KEY CHECK (one = 1), name text NOT NULL)",
)
_SELECT = "SELECT seq, workspace_id, app_id, network, source, received_ms, payload, redacted FROM raw_event"
_INSERT = """INSERT INTO raw_event (workspace_id, app_id, network, source, received_ms, payload)
    SELECT w, a, n, s, r, p
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bytea[])
         WITH ORDINALITY AS given (w, a, n, s, r, p, place)
    ORDER BY place RETURNING seq"""


class PostgresEventLog:
    """An `EventLog` in the database that `url` names; its two tables are made when missing.

    A lost connection fails the call at hand and is made anew by the next. If it is lost while a COMMIT waits for its
    answer, `append` raises although the events may be there: the sender comes again, which is harmless.
    """

    def __init__(self, url: str) -> None:
        self._writing = _Line(url)
        self._reading = _Line(url)
        self._writing.run("be opened", _prepare)

    def epoch(self) -> str:
        """See EventLog."""
        return str(self._rows("SELECT name FROM raw_event_epoch")[0][0])

    def append(self, events: Sequence[RawEvent]) -> list[int]:
        """See EventLog."""
        if not events:
            return []
        return self._writing.run("take events", lambda connection: _insert(connection, events))

    def read(self, after: int, limit: int) -> list[LoggedEvent]:
        """See EventLog."""
        return [
            LoggedEvent(*row) for row in self._rows(f"{_SELECT} WHERE seq > %s ORDER BY seq LIMIT %s", after, limit)
        ]

    def get(self, seqs: Sequence[int]) -> list[LoggedEvent]:
        """See EventLog."""
        return [LoggedEvent(*row) for row in self._rows(f"{_SELECT} WHERE seq = ANY(%s) ORDER BY seq", list(seqs))]

    def head(self) -> int:
        """See EventLog."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM raw_event")[0][0])

    def redact(self, seq: int, payload: bytes, reason: str) -> None:
        """See EventLog. No query shows the old bytes again; PostgreSQL frees them at its next (prompt) autovacuum,
        and keeps them in its own WAL archive and backups for as long as the operator keeps those."""
        values = (payload, reason, seq)
        self._change("be redacted", "UPDATE raw_event SET payload = %s, redacted = %s WHERE seq = %s", values)

    def count(self, workspace_id: int) -> int:
        """See EventLog."""
        return int(self._rows("SELECT count(*) FROM raw_event WHERE workspace_id = %s", workspace_id)[0][0])

    def forget(self, workspace_id: int) -> int:
        """See EventLog. As with `redact`, no query shows them again, and a prompt autovacuum frees their bytes."""
        sql = "DELETE FROM raw_event WHERE workspace_id = %s"
        return self._writing.run("forget a workspace", lambda line: line.execute(sql, (workspace_id,)).rowcount)

    def renew_epoch(self) -> str:
        """See EventLog."""
        name = secrets.token_hex(16)
        self._change("be given an epoch", "UPDATE raw_event_epoch SET name = %s", (name,))
        return name

    def close(self) -> None:
        """See EventLog."""
        self._writing.close()
        self._reading.close()

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        return self._reading.run("be read", lambda connection: connection.execute(sql, values).fetchall())

    def _change(self, aim: str, sql: str, values: Sequence[Any]) -> None:
        self._writing.run(aim, lambda connection: connection.execute(sql, values) and None)


class _Line:
    """One connection, used by one thread at a time, made when first needed and again after it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None

    def run(self, aim: str, work: Callable[[Connection[Any]], T]) -> T:
        """Do `work` in one transaction. Raises LogUnavailable."""
        with self._lock:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                with self._connection.transaction():
                    return work(self._connection)
            except psycopg.Error as error:
                msg = f"The event log in PostgreSQL could not {aim}: {' '.join(str(error).split())}"
                raise LogUnavailable(msg) from error

    def close(self) -> None:
        """Let the connection go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


def _prepare(connection: Connection[Any]) -> None:
    # Two processes that start at once would both find no table; CREATE ... IF NOT EXISTS alone does not stop that.
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKE_LOCK,))
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute("INSERT INTO raw_event_epoch VALUES (1, %s) ON CONFLICT DO NOTHING", (secrets.token_hex(16),))


def _insert(connection: Connection[Any], events: Sequence[RawEvent]) -> list[int]:
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', true), pg_advisory_xact_lock(%s)", (_APPEND_LOCK,)
    )
    columns = zip(
        *((e.workspace_id, e.app_id, e.network, e.source, e.received_ms, e.payload) for e in events), strict=True
    )
    return [row[0] for row in connection.execute(_INSERT, [list(column) for column in columns])]
