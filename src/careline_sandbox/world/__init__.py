"""The state of the local X: one SQLite file (or memory), one connection, one write lock.

Everything that X knows lives here, so that a killed process comes back with what it had answered: WAL with
``synchronous=NORMAL`` survives the death of the process (a power cut may take the last moments; a stand-in can
afford that, and it makes writes ten times cheaper). One connection serves reads and writes because one event
loop serves all requests; the lock is for the delivery side, which may work from other threads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from careline_sandbox.world import schema


class World:
    """An open world. ``write`` and ``read`` hand out its connection; ``subscribe`` tells of commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._listeners: list[Callable[[int], None]] = []
        self._announced = schema.last_seq(connection)

    @classmethod
    def connect(cls, path: str) -> World:
        """Open the file at ``path`` (``:memory:`` for one that is forgotten), creating what is missing.

        Raises schema.NewerWorld if a later version wrote the file, sqlite3.Error if it cannot be opened.
        """
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=1
        )
        connection.row_factory = sqlite3.Row
        schema.prepare(connection)
        return cls(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on any error; listeners hear of it afterwards."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk rolls back by itself
                    self._connection.execute("ROLLBACK")
                raise
            seq = schema.last_seq(self._connection)
            changed, self._announced = seq != self._announced, seq
        if changed:
            for listener in tuple(self._listeners):
                listener(seq)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for reading only, not shared with another thread meanwhile."""
        with self._lock:
            yield self._connection

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call ``listener`` with the highest happening after each commit that added one; returns the undo.

        Listeners run on the writing thread after the commit and must not block.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Close the file. Every later use raises sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()
