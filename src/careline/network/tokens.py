"""OAuth 2.0 user tokens that live two hours and are replaced, together with their refresh token, at each renewal.

The old refresh token dies at X the moment a new one is made, so exactly one thread of one process may renew: it claims
the account with a conditional update (`token_expires_ms` becomes minus the time when the claim lapses), the others
wait for its outcome. The claim's time is the machine's, not the desk's clock: it guards processes, not appointments.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import structlog
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from careline.channels.base import HttpReply, Reply
from careline.network.session import Session
from careline.store.models import Account
from careline.store.scoped import scoped

_EARLY_MS = 120_000
_CLAIM_MS = 30_000
_TIMEOUT_S = 15.0
_WAIT_S = 20.0
_LOOK_AGAIN_S = 0.05
_KEEP_TRIES = 5
_KEEP_AGAIN_S = 0.3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    """What the account's row says now."""

    secrets: dict[str, str]
    expires_ms: int | None

    @property
    def access(self) -> str:
        return self.secrets.get("access_token", "")


def access_token(session: Session) -> str | None:
    """A token that is good now, renewed if it is about to run out; None where the account has none."""
    held = _held(session)
    if not held.access or session.account_id is None:
        return None
    if held.expires_ms is None or held.expires_ms > session.clock.now_ms() + _EARLY_MS:
        return held.access
    return _renewed(session, held) or held.access


def after_refusal(session: Session, refused: str) -> str | None:
    """X refused `refused` with 401: another token that is worth one more try, or None."""
    held = _held(session)
    if held.access and held.access != refused:
        return held.access
    return _renewed(session, held)


def _renewed(session: Session, held: _Held) -> str | None:
    """A new token, made by us or, if somebody else was faster, by them; None where there is none to be had."""
    if not held.secrets.get("refresh_token"):
        return None
    claim = _claim(session, held)
    return _renew(session, _Held(_held(session).secrets, held.expires_ms), claim) if claim else _wait(session, held)


def _claim(session: Session, held: _Held) -> int | None:
    now = round(time.time() * 1000)
    if held.expires_ms is not None and -held.expires_ms > now:
        return None
    claim = -(now + _CLAIM_MS)
    mine = (
        _row(session).filter(token_expires_ms=held.expires_ms)
        if held.expires_ms is not None
        else _row(session).filter(token_expires_ms__isnull=True)
    )
    return claim if mine.update(token_expires_ms=claim) else None


def _renew(session: Session, held: _Held, claim: int) -> str | None:
    reply = _ask(session, held.secrets)
    answer = _answer(reply)
    if answer is not None:
        _keep(session, {**held.secrets, **_tokens(answer)}, _lifetime_s(answer))
        log.info("token renewed", account=session.account_id)
        return str(answer["access_token"])
    before = held.expires_ms if held.expires_ms is None or held.expires_ms > 0 else 1
    changes: dict[str, Any] = {"token_expires_ms": before}
    if isinstance(reply, HttpReply) and 400 <= reply.status < 500 and reply.status != 429:
        changes["trouble"] = "X no longer takes this account's token: connect the account again."
    _row(session).filter(token_expires_ms=claim).update(**changes)
    log.warning("token not renewed", account=session.account_id, status=getattr(reply, "status", None))
    return None


def _keep(session: Session, secrets: dict[str, str], lifetime_s: int) -> None:
    """Write the new pair down. X has forgotten the old one: if this fails, a person has to connect the account again.

    Not only where the claim still stands: whoever took it over holds a refresh token that is dead now.
    Raises DatabaseError when the database stays away.
    """
    expires = session.clock.now_ms() + lifetime_s * 1000
    for left in reversed(range(_KEEP_TRIES)):
        try:
            _row(session).update(secrets=secrets, token_expires_ms=expires, trouble="")
        except DatabaseError:
            if not left:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(_KEEP_AGAIN_S)
        else:
            return


def _tokens(answer: dict[str, Any]) -> dict[str, str]:
    """The pair; where X does not rotate the refresh token, the old one stays."""
    return {name: answer[name] for name in ("access_token", "refresh_token") if isinstance(answer.get(name), str)}


def _lifetime_s(answer: dict[str, Any]) -> int:
    """X's tokens live two hours; nothing it might write instead of a number may cost us the new pair."""
    told = answer.get("expires_in")
    return told if isinstance(told, int) and told > 0 else 7200


def _wait(session: Session, held: _Held) -> str | None:
    """Somebody else is renewing: their token as soon as it is there."""
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        now = _held(session)
        if now.expires_ms is None or now.expires_ms > 0:
            return now.access if now.access != held.access else None
        time.sleep(_LOOK_AGAIN_S)
    return None


def _ask(session: Session, secrets: dict[str, str]) -> Reply:
    client_id, client_secret = session.app_secrets.get("client_id", ""), session.app_secrets.get("client_secret")
    form = {"grant_type": "refresh_token", "refresh_token": secrets["refresh_token"], "client_id": client_id}
    headers = {}
    if client_secret:
        pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        headers["authorization"] = f"Basic {pair}"
    request: httpx.Request = session.client.build(
        "POST", f"{session.api_base}/2/oauth2/token", data=form, headers=headers
    )
    return session.client.exchange(request, timeout_s=_TIMEOUT_S, max_bytes=100_000, open_origin=session.open_origin)


def _answer(reply: Reply) -> dict[str, Any] | None:
    if not isinstance(reply, HttpReply) or reply.status != 200:
        return None
    try:
        answer = msgspec.json.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("access_token"), str) else None


def _row(session: Session) -> QuerySet[Account]:
    return scoped(Account, session.workspace_id).filter(id=session.account_id or 0)  # no row has the id 0


def _held(session: Session) -> _Held:
    found = _row(session).values_list("secrets", "token_expires_ms").first()
    return _Held(dict(found[0]), found[1]) if found else _Held({}, None)
