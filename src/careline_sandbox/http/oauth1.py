"""The outer legs of OAuth 1.0a: an app gets a request token, and exchanges it once a person has agreed (RFC 5849)."""

from __future__ import annotations

import hmac
import sqlite3
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from oauthlib.oauth1 import OAuth1Error, SignatureOnlyEndpoint
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http.auth import Checker, first_time
from careline_sandbox.http.calls import answer
from careline_sandbox.local_x import LocalX
from careline_sandbox.world import apps, authorizations, people


async def request_token(request: Request) -> Response:
    """``oauth_callback`` is a registered address, or ``oob`` for a PIN."""
    local_x: LocalX = request.app.state.local_x
    said, checker = await _signed(request)
    if checker is None or checker.app is None:
        return _refused(32, "Could not authenticate you.", 401)
    callback = said.get("oauth_callback", "")
    with local_x.world.write() as tx:
        allowed = callback == authorizations.OUT_OF_BAND or authorizations.allows(tx, checker.app["id"], callback)
        if not allowed:
            return _refused(415, "Callback URL not approved for this client application.", 403)
        made = authorizations.ask(tx, app_id=checker.app["id"], callback=callback, at_ms=local_x.clock.now_ms())
    return _form(made)


async def access_token(request: Request) -> Response:
    """``oauth_token`` and ``oauth_verifier`` for the person's own token; both are used up."""
    local_x: LocalX = request.app.state.local_x
    said, checker = await _signed(request)
    token = said.get("oauth_token", "")
    if checker is None or checker.app is None:
        return _refused(32, "Could not authenticate you.", 401)
    with local_x.world.write() as tx:
        row = authorizations.under_way(tx, token, "oauth1", at_ms=local_x.clock.now_ms())
        if not _agreed(row, checker.app, said.get("oauth_verifier", "")):
            return _refused(89, "Error processing your OAuth request: Invalid oauth_verifier parameter", 401)
        assert row is not None
        authorizations.end(tx, token)
        made = apps.grant(
            tx, app_id=row["app_id"], person_id=row["person_id"], kind="oauth1", scopes=[], at_ms=0, expires_in=0
        )
        person = people.get(tx, row["person_id"])
    return _form({**made, "screen_name": person["username"] if person else ""})


def _agreed(row: sqlite3.Row | None, app: sqlite3.Row, verifier: str) -> bool:
    if row is None or row["app_id"] != app["id"] or row["person_id"] is None:
        return False
    return bool(verifier) and hmac.compare_digest(str(row["verifier"]).encode(), verifier.encode())


class _Outer(Checker):
    """Also knows request tokens' secrets, with which the exchange is signed."""

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        with self._local_x.world.read() as connection:
            row = authorizations.under_way(connection, token, "oauth1", at_ms=self._local_x.clock.now_ms())
        return str(row["secret"]) if row else "nothing"


async def _signed(request: Request) -> tuple[dict[str, str], Checker | None]:
    """What the request says in header, form and address, and who signed it (None for nobody)."""
    local_x: LocalX = request.app.state.local_x
    checker = _Outer(local_x)
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    body = (await request.body()).decode("utf-8", "replace") if form else ""
    said = dict(parse_qsl(urlsplit(str(request.url)).query) + parse_qsl(body))
    try:
        header = parse_authorization_header(request.headers.get("authorization", ""))
        said |= {name: unquote(value) for name, value in header}
        valid, _ = SignatureOnlyEndpoint(checker).validate_request(
            str(request.url), request.method, body, dict(request.headers)
        )
    except (OAuth1Error, ValueError):
        valid = False
    if not valid or not first_time(local_x, (said.get("oauth_consumer_key", ""), checker.nonce)):
        return said, None
    return said, checker


def _form(told: dict[str, Any]) -> Response:
    return Response(urlencode(told), media_type="application/x-www-form-urlencoded")


def _refused(code: int, message: str, status: int) -> Response:
    return answer({"errors": [{"code": code, "message": message}]}, status=status)


ROUTES = [
    Route("/oauth/request_token", request_token, methods=["POST"]),
    Route("/oauth/access_token", access_token, methods=["POST"]),
]
