"""A live stream: one long answer, a line an event, an empty line while nothing happens.

Silence longer than the call's time-out, or an end from the other side, is `StreamBroken`: whoever reads must connect
again and ask the lists for what was missed (law 1).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import structlog

from careline.channels.base import HttpCall, HttpReply
from careline.network import windows
from careline.network.perform import build
from careline.network.session import Session
from careline.network.sign import authorise

_LONGEST_LINE = 2_000_000
_LONGEST_REFUSAL = 100_000
log = structlog.get_logger(__name__)


class StreamBroken(Exception):
    """The stream ended, fell silent or could not be opened."""


class StreamRefused(StreamBroken):
    """The network answered, but with no stream. `reply` says why; `until_ms` when to come again, where it is known."""

    def __init__(self, reply: HttpReply, until_ms: int | None = None) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply
        self.until_ms = until_ms


class Stream:
    """Lines of an open stream; iterate once. `stop` may be called from any thread and ends the iteration."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._stopped = False

    def __iter__(self) -> Iterator[bytes]:
        """Lines without their ends; b"" is a heart-beat. Ends only after `stop`. Raises StreamBroken."""
        rest = b""
        try:
            for chunk in self._response.iter_bytes():
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.rstrip(b"\r") for line in lines)
                if len(rest) > _LONGEST_LINE:
                    raise StreamBroken("a line of the stream is too long")
        except httpx.HTTPError as error:
            if not self._stopped:
                raise StreamBroken(f"{type(error).__name__}: {error}"[:200]) from error
        if not self._stopped:
            raise StreamBroken("the other side ended the stream")

    def stop(self) -> None:
        """End it now: shutting the socket wakes whoever waits for the next line."""
        self._stopped = True
        carrier = self._response.extensions.get("network_stream")
        sock = carrier.get_extra_info("socket") if carrier is not None else None
        if isinstance(sock, socket.socket):
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                log.debug("stream was gone already", endpoint="stream")


@contextmanager
def open_stream(session: Session, call: HttpCall) -> Iterator[Stream]:
    """Open what `Channel.stream` asks for. Raises StreamRefused or StreamBroken, and sign.NoCredentials."""
    until = windows.blocked_until(session, call.endpoint, call.auth)
    if until is not None:
        raise StreamRefused(HttpReply(429, {}, b""), until)
    request = build(session, call)
    request.headers["accept-encoding"] = "identity"
    authorise(session, request, call.auth)
    try:
        with session.client.sending(request, timeout_s=call.timeout_s, open_origin=session.open_origin) as response:
            headers = dict(response.headers.items())
            windows.note(session, call, headers)
            log.info("stream", endpoint=call.endpoint, status=response.status_code, app=session.app_id)
            if response.status_code != 200:
                raise StreamRefused(HttpReply(response.status_code, headers, _refusal(response)))
            yield Stream(response)
    except httpx.HTTPError as error:
        raise StreamBroken(f"{type(error).__name__}: {error}"[:200]) from error


def _refusal(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _LONGEST_REFUSAL:
            break
    return body
