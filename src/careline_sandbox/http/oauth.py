"""Tokens over HTTP: a person's for a code, new for old, none any more; an app's own bearer (x-platform section 8)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http.calls import answer
from careline_sandbox.local_x import LocalX
from careline_sandbox.world import apps, authorizations


async def token(request: Request) -> Response:
    """A code for a person's tokens (``authorization_code``), or new tokens for old (``refresh_token``).

    A code, like a refresh token, works once. A confidential client proves itself with Basic, a public one names its
    ``client_id``.
    """
    local_x: LocalX = request.app.state.local_x
    form = {name: str(value) for name, value in (await request.form()).items()}
    grants = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}
    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        return _refused("unsupported_grant_type", "Only authorization_code and refresh_token are served here.")
    with local_x.world.write() as tx:
        app = _client(tx, request, form.get("client_id", ""))
        if app is None:
            return _refused("unauthorized_client", "Missing valid authorization header", status=401)
        tokens = grant(tx, form, app, local_x.clock.now_ms())
    if tokens is None:
        what = "authorization code" if grant is _by_code else "token"
        return _refused("invalid_request", f"Value passed for the {what} was invalid.")
    return answer(tokens)


def _by_code(tx: sqlite3.Connection, form: Mapping[str, str], app: sqlite3.Row, now_ms: int) -> dict[str, Any] | None:
    """None for a code that is unknown, run out, somebody else's, for another address, or without its verifier."""
    code = form.get("code", "")
    row = authorizations.under_way(tx, code, "oauth2", at_ms=now_ms)
    if row is None:
        return None
    authorizations.end(tx, code)
    proof = _challenge(form.get("code_verifier", ""), row["method"])
    same = row["app_id"] == app["id"] and row["redirect_uri"] == form.get("redirect_uri")
    if not same or not _same(proof, row["challenge"]):
        return None
    return apps.grant(
        tx,
        app_id=app["id"],
        person_id=row["person_id"],
        kind="oauth2",
        scopes=row["scopes"].split(),
        at_ms=now_ms,
        expires_in=7200,
    )


def _by_refresh_token(
    tx: sqlite3.Connection, form: Mapping[str, str], app: sqlite3.Row, now_ms: int
) -> dict[str, Any] | None:
    return apps.refresh(tx, form.get("refresh_token", ""), app_id=app["id"], at_ms=now_ms)


def _challenge(verifier: str, method: str) -> str:
    """What a verifier shows as (RFC 7636, 4.2)."""
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def revoke(request: Request) -> Response:
    """End a token, and with an access token its refresh token; one that is not there is no error (RFC 7009)."""
    local_x: LocalX = request.app.state.local_x
    form = await request.form()
    with local_x.world.write() as tx:
        app = _client(tx, request, str(form.get("client_id", "")))
        if app is None:
            return _refused("unauthorized_client", "Missing valid authorization header", status=401)
        apps.revoke(tx, str(form.get("token", "")), app_id=app["id"])
    return answer({"revoked": True})


async def app_bearer(request: Request) -> Response:
    """``grant_type=client_credentials``: the app's bearer, against consumer key and secret."""
    local_x: LocalX = request.app.state.local_x
    form = await request.form()
    key, secret = _basic(request)
    with local_x.world.read() as connection:
        app = apps.by_credential(connection, "consumer_key", key)
    if app is None or not _same(app["consumer_secret"], secret):
        fault = {"code": 99, "message": "Unable to verify your credentials", "label": "authenticity_token_error"}
        return answer({"errors": [fault]}, status=403)
    if form.get("grant_type") != "client_credentials":
        fault = {
            "code": 170,
            "message": "Missing required parameter: grant_type",
            "label": "forbidden_missing_parameter",
        }
        return answer({"errors": [fault]}, status=403)
    return answer({"token_type": "bearer", "access_token": app["bearer_token"]})


def _client(connection: sqlite3.Connection, request: Request, client_id: str) -> sqlite3.Row | None:
    name, secret = _basic(request)
    app = apps.by_credential(connection, "client_id", name or client_id)
    if app is None or (name and not _same(app["client_secret"], secret)):
        return None
    return app


def _basic(request: Request) -> tuple[str, str]:
    """(name, secret) of a Basic header, empty where there is none that can be read."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(secret)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _refused(error: str, description: str, *, status: int = 400) -> Response:
    return answer({"error": error, "error_description": description}, status=status)


ROUTES = [
    Route("/2/oauth2/token", token, methods=["POST"]),
    Route("/2/oauth2/revoke", revoke, methods=["POST"]),
    Route("/oauth2/token", app_bearer, methods=["POST"]),
]
