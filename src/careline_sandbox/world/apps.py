"""Developer apps and the tokens by which people let them act (x-platform section 8)."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

ALL_SCOPES = tuple(
    scope
    for line in (
        "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write media.write",
        "offline.access block.read mute.read mute.write follows.read like.read",
    )
    for scope in line.split()
)


def add(connection: sqlite3.Connection, name: str, *, app_id: int, owner_id: int, tier: str) -> dict[str, Any]:
    """Create an app and return its credentials, ids as strings. Raises ValueError for an unknown tier."""
    if tier not in ("self_serve", "enterprise"):
        raise ValueError("tier is self_serve or enterprise")
    credentials = {
        "consumer_key": secrets.token_urlsafe(18),
        "consumer_secret": secrets.token_urlsafe(36),
        "bearer_token": "AAAAAAAAAAAAAAAAAAAAA" + secrets.token_urlsafe(60),
        "client_id": secrets.token_urlsafe(25),
        "client_secret": secrets.token_urlsafe(36),
    }
    connection.execute(
        "INSERT INTO apps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (app_id, name, owner_id, tier, *credentials.values()),
    )
    return {"id": str(app_id), "name": name, "owner_id": str(owner_id), "tier": tier, **credentials}


def get(connection: sqlite3.Connection, app_id: int) -> sqlite3.Row | None:
    """The app with this id."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM apps WHERE id = ?", (app_id,)).fetchone()
    return row


def by_credential(connection: sqlite3.Connection, column: str, value: str) -> sqlite3.Row | None:
    """The app whose ``bearer_token``, ``consumer_key`` or ``client_id`` this is."""
    if column not in ("bearer_token", "consumer_key", "client_id"):
        raise ValueError(column)
    row: sqlite3.Row | None = connection.execute(f"SELECT * FROM apps WHERE {column} = ?", (value,)).fetchone()
    return row


def everything(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """All apps, oldest first."""
    return connection.execute("SELECT * FROM apps ORDER BY id").fetchall()


def grant(
    connection: sqlite3.Connection,
    *,
    app_id: int,
    person_id: int,
    kind: str,
    scopes: list[str],
    at_ms: int,
    expires_in: int,
) -> dict[str, Any]:
    """Let an app act for a person: an OAuth 2.0 token that expires, or an OAuth 1.0a one that does not.

    Returns the answer of X's token endpoint, or ``oauth_token`` and ``oauth_token_secret``. A refresh token
    comes only with the scope offline.access (x-platform section 8). Raises ValueError for an unknown kind or
    scope.
    """
    if kind == "oauth1":
        return _grant_oauth1(connection, app_id=app_id, person_id=person_id)
    if kind != "oauth2":
        raise ValueError("kind is oauth2 or oauth1")
    if unknown := set(scopes) - set(ALL_SCOPES):
        raise ValueError(f"unknown scope: {', '.join(sorted(unknown))}")
    access, refresh = secrets.token_urlsafe(68), None
    if "offline.access" in scopes:
        refresh = secrets.token_urlsafe(68)
    connection.execute(
        "INSERT INTO tokens VALUES (?, 'oauth2', ?, ?, NULL, ?, ?, ?)",
        (access, app_id, person_id, refresh, " ".join(scopes), at_ms + expires_in * 1000),
    )
    answer = {
        "token_type": "bearer",
        "expires_in": expires_in,
        "access_token": access,
        "scope": " ".join(scopes),
    }
    return {**answer, "refresh_token": refresh} if refresh else answer


def _grant_oauth1(connection: sqlite3.Connection, *, app_id: int, person_id: int) -> dict[str, Any]:
    token, secret = f"{person_id}-{secrets.token_urlsafe(30)}", secrets.token_urlsafe(33)
    connection.execute(
        "INSERT INTO tokens VALUES (?, 'oauth1', ?, ?, ?, NULL, '', NULL)", (token, app_id, person_id, secret)
    )
    return {"oauth_token": token, "oauth_token_secret": secret, "user_id": str(person_id)}


def token(connection: sqlite3.Connection, access_token: str) -> sqlite3.Row | None:
    """The token of this name, expired or not."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM tokens WHERE access_token = ?", (access_token,)
    ).fetchone()
    return row


def refresh(connection: sqlite3.Connection, refresh_token: str, *, app_id: int, at_ms: int) -> dict[str, Any] | None:
    """Exchange a refresh token for new tokens, after which it is dead; its access token lives out its time.

    None if it is not, or no longer, valid for this app.
    """
    row = connection.execute(
        "SELECT * FROM tokens WHERE refresh_token = ? AND app_id = ?", (refresh_token, app_id)
    ).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE tokens SET refresh_token = NULL WHERE access_token = ?", (row["access_token"],))
    return grant(
        connection,
        app_id=app_id,
        person_id=row["person_id"],
        kind="oauth2",
        scopes=row["scopes"].split(),
        at_ms=at_ms,
        expires_in=7200,
    )


def revoke(connection: sqlite3.Connection, token: str, *, app_id: int) -> None:
    """End an access token with its refresh token, or a refresh token alone; others' and unknown ones stay."""
    connection.execute("DELETE FROM tokens WHERE access_token = ? AND app_id = ?", (token, app_id))
    connection.execute("UPDATE tokens SET refresh_token = NULL WHERE refresh_token = ? AND app_id = ?", (token, app_id))
