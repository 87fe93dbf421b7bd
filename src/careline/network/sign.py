"""Putting a name under a request: the app's bearer, OAuth 1.0a, or an OAuth 2.0 user token.

X's ways are mixed: streams and webhooks want the app, private media want OAuth 2.0, private subscriptions have been
seen to want OAuth 1.0a (x-platform: 8, 14.14). Signatures are authlib's.
"""

from __future__ import annotations

import httpx
from authlib.oauth1.rfc5849.client_auth import ClientAuth

from careline.channels.base import Auth
from careline.network.session import Session
from careline.network.tokens import access_token

_FORM = "application/x-www-form-urlencoded"


class NoCredentials(Exception):
    """This app or account has nothing to make such a call with."""


def authorise(session: Session, request: httpx.Request, auth: Auth) -> str | None:
    """Sign `request`; return the OAuth 2.0 token that was used, if one was. Raises NoCredentials."""
    if auth is Auth.NONE:
        return None
    if auth is Auth.APP:
        _bear(request, session.app_secrets.get("bearer_token", ""), "the app has no bearer token")
        return None
    if auth is Auth.USER_OAUTH1 or (auth is Auth.USER and _has_oauth1(session)):
        _sign(session, request)
        return None
    token = access_token(session) or ""
    _bear(request, token, "the account has no OAuth 2.0 token")
    return token


def _bear(request: httpx.Request, token: str, lack: str) -> None:
    if not token:
        raise NoCredentials(lack)
    request.headers["authorization"] = f"Bearer {token}"


def _has_oauth1(session: Session) -> bool:
    own, app = session.account_secrets, session.app_secrets
    return all((own.get("oauth1_token"), own.get("oauth1_secret"), app.get("consumer_key"), app.get("consumer_secret")))


def _sign(session: Session, request: httpx.Request) -> None:
    if not _has_oauth1(session):
        msg = "the account has no OAuth 1.0a token"
        raise NoCredentials(msg)
    own, app = session.account_secrets, session.app_secrets
    signer = ClientAuth(app["consumer_key"], app["consumer_secret"], own["oauth1_token"], own["oauth1_secret"])
    # Only form bodies are part of what is signed (RFC 5849, 3.4.1.3.1); authlib must not guess for the others.
    kind = request.headers.get("content-type") or "application/octet-stream"
    body = request.content.decode() if kind.startswith(_FORM) else ""
    _, headers, _ = signer.prepare(request.method, str(request.url), {"Content-Type": kind}, body)
    request.headers["authorization"] = headers["Authorization"]
