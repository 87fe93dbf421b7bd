"""Runs a channel's generator: makes the calls that it yields and hands it what came of them.

A call to a window that is known to be empty is answered at once with the 429 that X would give; an expired token is
renewed once. Everything else about an answer is the channel's to judge.
"""

from __future__ import annotations

import time
from typing import TypeVar

import httpx
import structlog

from careline.channels.base import Auth, HttpCall, HttpReply, NoReply, Reply, Steps
from careline.network import tokens, windows
from careline.network.session import Session
from careline.network.sign import NoCredentials, authorise

T = TypeVar("T")
#: A call is not begun later than this after it was asked for: with its own time-out it stays well within a delivery's
#: lease of a minute, after which somebody else would look, find nothing, and send (law 2).
_BEGIN_WITHIN_S = 25.0
log = structlog.get_logger(__name__)


def perform(session: Session, steps: Steps[T]) -> T:
    """Run `steps` to their end and return what they found. What they raise goes through."""
    try:
        call = next(steps)
        while True:
            call = steps.send(exchange(session, call))
    except StopIteration as end:
        result: T = end.value
        return result


def exchange(session: Session, call: HttpCall) -> Reply:
    """Make one call, signed, within the known rate windows, and with one more try where a token had run out."""
    until = windows.blocked_until(session, call.endpoint, call.auth)
    if until is not None:
        return _still_empty(until)
    begin_by = time.monotonic() + _BEGIN_WITHIN_S
    try:
        reply, token = _attempt(session, call, begin_by)
        refused = isinstance(reply, HttpReply) and reply.status == 401 and token
        if refused and tokens.after_refusal(session, token or "") and time.monotonic() < begin_by:
            reply, _ = _attempt(session, call, begin_by)
    except NoCredentials as lack:
        return HttpReply(401, {}, b'{"detail":"%s"}' % str(lack).encode())
    except httpx.InvalidURL as error:
        return NoReply(left=False, detail=f"This is no address: {error}")
    if isinstance(reply, HttpReply):
        windows.note(session, call, reply.headers)
    return reply


def _attempt(session: Session, call: HttpCall, begin_by: float) -> tuple[Reply, str | None]:
    request = build(session, call)
    token = authorise(session, request, call.auth)
    began = time.monotonic()
    if began > begin_by:
        return NoReply(left=False, detail="Getting ready to call took too long."), token
    reply = session.client.exchange(
        request, timeout_s=call.timeout_s, max_bytes=call.max_bytes, open_origin=session.open_origin
    )
    log.info(
        "call",
        method=call.method,
        endpoint=call.endpoint,
        status=reply.status if isinstance(reply, HttpReply) else None,
        left=None if isinstance(reply, HttpReply) else reply.left,
        ms=round((time.monotonic() - began) * 1000),
        app=session.app_id,
        account=session.account_id,
    )
    return reply, token


def build(session: Session, call: HttpCall) -> httpx.Request:
    """The request of a call, unsigned. A full address is taken only where no name goes with it."""
    full = call.path.startswith(("https://", "http://"))
    if full and call.auth is not Auth.NONE:
        msg = "A call that carries our name goes to the app's own network only."
        raise ValueError(msg)
    upload = call.upload
    return session.client.build(
        call.method,
        call.path if full else session.api_base + call.path,
        params=dict(call.query) or None,
        json=call.json,
        data=dict(call.form) if call.form is not None else None,
        files={upload.field: (upload.filename, upload.data, upload.content_type)} if upload else None,
    )


def _still_empty(until_ms: int) -> HttpReply:
    reset = str(-(-until_ms // 1000))
    return HttpReply(429, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}, b"")
