"""The one HTTP client: time-outs, a limit on every body, https to public addresses only, no strange redirects.

What left this machine and what did not is decided here, because law 2 rests on it: `NoReply.left` is False only when
the connection never stood. A sandbox runs on plain http inside the house; its exact origin is the one exception, and
only for sessions of a sandbox workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import httpx

from careline import __version__
from careline.channels.base import HttpReply, NoReply, Reply
from careline.network.addresses import PublicOnly, Resolve, resolve
from careline.network.deadline import Bounded, within

USER_AGENT = f"careline/{__version__}"
_CONNECT_S = 10.0
_HOPS = 3
_NEVER_STOOD = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Client:
    """Thread-safe; one for a process. `close` it at the end."""

    def __init__(self, resolver: Resolve = resolve) -> None:
        self._public = _http(PublicOnly(resolver))
        self._open = _http(Bounded())

    def build(self, method: str, url: str, **content: object) -> httpx.Request:
        """A request with our name on it; `content` as httpx takes it (params, json, data, files, headers)."""
        return self._public.build_request(method, url, **content)  # type: ignore[arg-type]

    def exchange(
        self, request: httpx.Request, *, timeout_s: float, max_bytes: int, open_origin: str | None = None
    ) -> Reply:
        """Send it and read the answer, all within `timeout_s`. Never raises for what the network does."""
        with within(timeout_s):
            for _ in range(_HOPS):
                reply = self._once(request, timeout_s, max_bytes, open_origin)
                onward = _same_host_redirect(request, reply)
                if onward is None:
                    break
                request = self.build("GET", str(onward), headers=_kept_headers(request))
        return reply

    def _once(self, request: httpx.Request, timeout_s: float, max_bytes: int, open_origin: str | None) -> Reply:
        try:
            with self.sending(request, timeout_s=timeout_s, open_origin=open_origin) as response:
                return _read(response, max_bytes)
        except _NEVER_STOOD as error:
            return NoReply(left=False, detail=_said(error))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return NoReply(left=True, detail=_said(error))

    @contextmanager
    def sending(
        self, request: httpx.Request, *, timeout_s: float, open_origin: str | None = None
    ) -> Iterator[httpx.Response]:
        """The answer while its body is still coming; raises httpx's errors."""
        request.extensions = {**request.extensions, "timeout": _timeouts(timeout_s)}
        response = self._for(request.url, open_origin).send(request, stream=True, auth=None)
        try:
            yield response
        finally:
            response.close()

    def _for(self, url: httpx.URL, open_origin: str | None) -> httpx.Client:
        if open_origin is not None and _origin(url) == _origin(httpx.URL(open_origin)):
            return self._open
        if url.scheme != "https":
            msg = f"The desk talks to {url.host or 'other hosts'} over https only."
            raise httpx.UnsupportedProtocol(msg)
        return self._public

    def close(self) -> None:
        """Let go of all connections."""
        self._public.close()
        self._open.close()


def _http(backend: httpcore.NetworkBackend) -> httpx.Client:
    # trust_env: a proxy from the environment would resolve names itself and so get round the address rule.
    transport = httpx.HTTPTransport(trust_env=False)
    # httpx offers no way to choose the address of a connection; its pool does (httpcore's network backends).
    transport._pool = httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=5.0,
        network_backend=backend,
    )
    return httpx.Client(transport=transport, trust_env=False, headers={"user-agent": USER_AGENT})


def _timeouts(timeout_s: float) -> dict[str, float]:
    return {"connect": min(timeout_s, _CONNECT_S), "read": timeout_s, "write": timeout_s, "pool": timeout_s}


def _read(response: httpx.Response, max_bytes: int) -> Reply:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            return NoReply(left=True, detail=f"The answer is larger than {max_bytes} bytes.", too_large=True)
    return HttpReply(response.status_code, dict(response.headers.items()), bytes(body))


def _same_host_redirect(request: httpx.Request, reply: Reply) -> httpx.URL | None:
    """Where to go on, for a GET that is sent elsewhere on the same origin; everything else is answered as it is."""
    if not isinstance(reply, HttpReply) or reply.status not in (301, 302, 303, 307, 308) or request.method != "GET":
        return None
    try:
        onward = request.url.join(reply.headers.get("location", ""))
    except httpx.InvalidURL:
        return None
    return onward if _origin(onward) == _origin(request.url) and onward != request.url else None


def _kept_headers(request: httpx.Request) -> dict[str, str]:
    return {name: request.headers[name] for name in ("authorization", "accept") if name in request.headers}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"https": 443, "http": 80}.get(url.scheme)


def _said(error: Exception) -> str:
    """What went wrong, for a person; no address with its query, which may hold what somebody wrote."""
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__
