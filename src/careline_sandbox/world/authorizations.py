"""Authorisations under way: what an app asked for, who agreed, and the one thing it can be exchanged for once.

An OAuth 1.0a request token and an OAuth 2.0 authorisation code are rows of one table; both die with their use.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable

#: A request token may lie for minutes while somebody reads the page; a code lives 30 s (x-platform section 8).
_REQUEST_TOKEN_S, _CODE_S = 600, 30
OUT_OF_BAND = "oob"


def set_callbacks(connection: sqlite3.Connection, app_id: int, urls: Iterable[str]) -> None:
    """The addresses to which an app may have people sent back; they replace those of before."""
    connection.execute("DELETE FROM callbacks WHERE app_id = ?", (app_id,))
    connection.executemany("INSERT OR IGNORE INTO callbacks VALUES (?, ?)", [(app_id, url) for url in urls])


def allows(connection: sqlite3.Connection, app_id: int, url: str) -> bool:
    """Whether this very address is registered."""
    found = connection.execute("SELECT 1 FROM callbacks WHERE app_id = ? AND url = ?", (app_id, url)).fetchone()
    return found is not None


def ask(connection: sqlite3.Connection, *, app_id: int, callback: str, at_ms: int) -> dict[str, str]:
    """A request token (OAuth 1.0a) and its secret."""
    key, secret = secrets.token_urlsafe(20), secrets.token_urlsafe(24)
    _add(connection, key, "oauth1", app_id, callback, at_ms + _REQUEST_TOKEN_S * 1000, secret=secret)
    return {"oauth_token": key, "oauth_token_secret": secret, "oauth_callback_confirmed": "true"}


def agree(connection: sqlite3.Connection, key: str, *, person_id: int) -> str:
    """The person agrees to a request token; the verifier that proves it: digits where they are to be typed."""
    row = connection.execute("SELECT redirect_uri FROM authorizations WHERE key = ?", (key,)).fetchone()
    by_hand = row["redirect_uri"] == OUT_OF_BAND
    verifier = f"{secrets.randbelow(10**7):07}" if by_hand else secrets.token_urlsafe(20)
    connection.execute(
        "UPDATE authorizations SET person_id = ?, verifier = ? WHERE key = ?", (person_id, verifier, key)
    )
    return verifier


def add_code(
    connection: sqlite3.Connection,
    *,
    app_id: int,
    person_id: int,
    redirect_uri: str,
    scopes: str,
    challenge: str,
    method: str,
    at_ms: int,
) -> str:
    """An authorisation code (OAuth 2.0) for what a person has just agreed to."""
    key = secrets.token_urlsafe(48)
    _add(
        connection, key, "oauth2", app_id, redirect_uri, at_ms + _CODE_S * 1000,
        person_id=person_id, scopes=scopes, challenge=challenge, method=method,
    )  # fmt: skip
    return key


def under_way(connection: sqlite3.Connection, key: str, kind: str, *, at_ms: int) -> sqlite3.Row | None:
    """The authorisation of this name, if it is still good."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM authorizations WHERE key = ? AND kind = ? AND expires_at_ms > ?", (key, kind, at_ms)
    ).fetchone()
    return row


def end(connection: sqlite3.Connection, key: str) -> None:
    """It was used, or refused: nobody can use it any more."""
    connection.execute("DELETE FROM authorizations WHERE key = ?", (key,))


def _add(
    connection: sqlite3.Connection,
    key: str,
    kind: str,
    app_id: int,
    redirect_uri: str,
    expires_at_ms: int,
    *,
    secret: str = "",
    person_id: int | None = None,
    scopes: str = "",
    challenge: str = "",
    method: str = "",
) -> None:
    connection.execute(
        "INSERT INTO authorizations (key, kind, app_id, person_id, secret, redirect_uri, scopes, challenge, method,"
        " verifier, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
        (key, kind, app_id, person_id, secret, redirect_uri, scopes, challenge, method, expires_at_ms),
    )
