"""Tokens over HTTP: refreshing a person's, and an app's own bearer (x-platform section 8)."""

from __future__ import annotations

import base64
import binascii
import hmac
import sqlite3
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http.calls import answer
from careline_sandbox.local_x import LocalX
from careline_sandbox.world import apps


async def refresh(request: Request) -> Response:
    """``grant_type=refresh_token``: new tokens for old, the old refresh token dies.

    A confidential client proves itself with Basic, a public one names its ``client_id``.
    """
    local_x: LocalX = request.app.state.local_x
    form = await request.form()
    if form.get("grant_type") != "refresh_token":
        return _refused("unsupported_grant_type", "Only refresh_token is served here.")
    with local_x.world.write() as tx:
        app = _client(tx, request, str(form.get("client_id", "")))
        if app is None:
            return _refused("unauthorized_client", "Missing valid authorization header", status=401)
        token = str(form.get("refresh_token", ""))
        tokens = apps.refresh(tx, token, app_id=app["id"], at_ms=local_x.clock.now_ms())
    if tokens is None:
        return _refused("invalid_request", "Value passed for the token was invalid.")
    return answer(tokens)


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
    Route("/2/oauth2/token", refresh, methods=["POST"]),
    Route("/oauth2/token", app_bearer, methods=["POST"]),
]
