"""One end for a whole exchange, however slowly its pieces come.

Time-outs of HTTP libraries count each read anew, so an answer that trickles may take for ever; but an attempt to send
must be over before its lease is, or somebody else sends the same message (law 2). The end belongs to the thread that
makes the exchange, because a pooled connection serves many.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

_SLICE = 65_536


class _End(threading.local):
    at: float | None = None


_end = _End()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything that this thread reads and writes inside ends `seconds` from now, with a time-out."""
    before, _end.at = _end.at, time.monotonic() + seconds
    try:
        yield
    finally:
        _end.at = before


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    """`timeout`, but not beyond the end. Raises `late` when that is over."""
    if _end.at is None:
        return timeout
    left = _end.at - time.monotonic()
    if left <= 0:
        raise late("the whole exchange took too long")
    return left if timeout is None else min(timeout, left)


class BoundedStream(httpcore.NetworkStream):
    """A connection that keeps to the end of the exchange it serves just now."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Raises httpcore.ReadTimeout."""
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Raises httpcore.WriteTimeout."""
        for start in range(0, len(buffer), _SLICE):
            self._inner.write(buffer[start : start + _SLICE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Raises httpcore.ConnectTimeout."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """The socket and such."""
        return self._inner.get_extra_info(info)


class Bounded(httpcore.SyncBackend):
    """Opens connections that keep to the end of their exchange."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises httpcore.ConnectError and httpcore.ConnectTimeout."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return BoundedStream(super().connect_tcp(host, port, left, local_address, socket_options))
