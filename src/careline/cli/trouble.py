"""What an operator can do something about, in one line; anything else is a fault of ours and keeps its traceback."""

from __future__ import annotations

import errno

from careline.server.config import ConfigError

_ADVICE = {
    errno.ENOSPC: "the disk is full: make room and start again",
    errno.EDQUOT: "your disk quota is used up: make room and start again",
    errno.EROFS: "the disk is read-only: name another folder in CARELINE_STATE",
    errno.EACCES: "permission denied: start Careline as the user who owns the state folder",
    errno.EPERM: "not permitted: start Careline as the user who owns the state folder",
}
_DATABASE = (
    ("disk is full", "the disk is full: make room and start again"),
    ("readonly database", "the database cannot be written to: start Careline as the user who owns the state folder"),
    ("unable to open database file", "the database cannot be opened: check that CARELINE_STATE names a folder you own"),
    ("database is locked", "the database is busy: stop other programs that use it, then try again"),
    ("not a database", "the database file is damaged: restore a backup (careline restore)"),
    ("malformed", "the database file is damaged: restore a backup (careline restore)"),
)


def in_words(error: BaseException) -> str | None:
    """One line for the terminal, or None where we have no advice."""
    import sqlite3

    import psycopg
    from django.db.utils import Error as DatabaseError

    from careline.ports.event_log import LogUnavailable
    from careline.store.fields import SecretsUnreadable

    if isinstance(error, (ConfigError, SecretsUnreadable)):
        return str(error)
    if isinstance(error, OSError) and error.errno in _ADVICE:
        where = f"{error.filename}: " if error.filename else ""
        return where + _ADVICE[error.errno]
    if isinstance(error, (DatabaseError, LogUnavailable, sqlite3.Error, psycopg.Error)):
        return _of_database(str(error))
    return None


def _of_database(text: str) -> str:
    for sign, advice in _DATABASE:
        if sign in text:
            return advice
    reason = text.splitlines()[0] if text else "no reason given"
    return f"the database does not answer as it should ({reason}): run careline doctor"
