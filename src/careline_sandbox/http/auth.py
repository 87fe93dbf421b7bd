"""Who is calling: an app by its bearer, or a person's token by OAuth 1.0a or 2.0 (x-platform section 8).

Signatures are checked with oauthlib, another library than those that the clients sign with.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from typing import Any, Literal

from oauthlib.oauth1 import OAuth1Error, RequestValidator, ResourceEndpoint
from starlette.requests import Request

from careline_sandbox.local_x import LocalX
from careline_sandbox.wire import errors
from careline_sandbox.world import apps

Kind = Literal["app", "oauth1", "oauth2"]
USER: tuple[Kind, ...] = ("oauth1", "oauth2")
ANY: tuple[Kind, ...] = ("oauth1", "oauth2", "app")
_NAMES: dict[Kind, str] = {
    "app": "OAuth 2.0 Application-Only",
    "oauth1": "OAuth 1.0a User Context",
    "oauth2": "OAuth 2.0 User Context",
}
_LIFETIME_S = 300  # how old an OAuth 1.0a timestamp may be


@dataclass(frozen=True, slots=True)
class Caller:
    """The app (a row of ``apps``) that calls and, with a user token, the person it calls for."""

    kind: Kind
    app: sqlite3.Row
    person_id: int | None = None
    scopes: frozenset[str] = frozenset()


async def identify(local_x: LocalX, request: Request) -> Caller:
    """The caller of a request. Raises errors.Problem (401) for none, an unknown, expired or forged one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_bearer(local_x, value.strip())
    if scheme.lower() == "oauth":
        return await _by_signature(local_x, request)
    raise errors.unauthorized()


def admit(caller: Caller, *, accepts: tuple[Kind, ...], scopes: tuple[str, ...]) -> None:
    """Let the caller pass, or raise errors.Problem (403): wrong kind of token, or a scope is missing."""
    if caller.kind not in accepts:
        supported = [_NAMES[kind] for kind in accepts]
        raise errors.unsupported_authentication(used=_NAMES[caller.kind], supported=supported)
    if caller.kind == "oauth2" and not caller.scopes.issuperset(scopes):
        raise errors.forbidden()


def _by_bearer(local_x: LocalX, value: str) -> Caller:
    with local_x.world.read() as connection:
        app = apps.by_credential(connection, "bearer_token", value)
        if app is not None:
            return Caller("app", app)
        token = apps.token(connection, value)
        if token is None or token["kind"] != "oauth2" or token["expires_at_ms"] <= local_x.clock.now_ms():
            raise errors.unauthorized()
        app = apps.get(connection, token["app_id"])
    if app is None:
        raise errors.unauthorized()
    return Caller("oauth2", app, token["person_id"], frozenset(token["scopes"].split()))


async def _by_signature(local_x: LocalX, request: Request) -> Caller:
    checker = Checker(local_x)
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    body = (await request.body()).decode("utf-8", "replace") if form else ""
    try:
        valid, _ = ResourceEndpoint(checker).validate_protected_resource_request(
            str(request.url), request.method, body, dict(request.headers)
        )
    except (OAuth1Error, ValueError) as error:
        raise errors.unauthorized() from error
    if not valid or checker.app is None or checker.token is None:
        raise errors.unauthorized()
    if not first_time(local_x, (checker.token["access_token"], checker.nonce)):
        raise errors.unauthorized()
    return Caller("oauth1", checker.app, checker.token["person_id"])


def first_time(local_x: LocalX, nonce: tuple[str, str]) -> bool:
    """Whether this token (or app) never used this nonce in as long as its timestamp would be taken."""
    now, nonces = time.monotonic(), local_x.nonces
    if len(nonces) > 10_000:
        for old in [key for key, seen in nonces.items() if seen < now - 2 * _LIFETIME_S]:
            del nonces[old]
    if nonce in nonces:
        return False
    nonces[nonce] = now
    return True


class Checker(RequestValidator):
    """What oauthlib asks about keys, tokens and nonces of one request."""

    enforce_ssl = False
    timestamp_lifetime = 10**10
    dummy_client = dummy_access_token = "nobody"  # noqa: S105 - oauthlib compares with it in constant time

    def __init__(self, local_x: LocalX) -> None:
        super().__init__()
        self._local_x = local_x
        self.app: sqlite3.Row | None = None
        self.token: sqlite3.Row | None = None
        self.nonce = ""

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_access_token(self, request_token: str) -> bool:
        return bool(request_token)

    def check_nonce(self, nonce: str) -> bool:
        return 0 < len(nonce) <= 128

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: Any, access_token: str | None = None, **_: Any
    ) -> bool:
        """Fresh by the real clock or by the simulated one: a client may keep either.

        That the nonce is new is seen to after the signature, or else anybody could use up other people's.
        """
        self.nonce = f"{timestamp}/{nonce}"
        moments = (time.time(), self._local_x.clock.now_ms() / 1000)
        return min(abs(moment - int(timestamp)) for moment in moments) <= _LIFETIME_S

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        with self._local_x.world.read() as connection:
            self.app = apps.by_credential(connection, "consumer_key", client_key)
        return self.app is not None

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        with self._local_x.world.read() as connection:
            found = apps.token(connection, token)
        if found and found["kind"] == "oauth1" and self.app and found["app_id"] == self.app["id"]:
            self.token = found
        return self.token is not None

    def validate_realms(self, client_key: str, token: str, request: Any, **_: Any) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return str(self.app["consumer_secret"]) if self.app else "nothing"

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return str(self.token["secret"]) if self.token else "nothing"
