"""X's challenge-response check (CRC): an address is used only after it has shown that it holds the secret.

A sandbox that is not told otherwise talks to its own machine alone, so that a mistyped or example address in a
test never becomes traffic to a stranger (x-platform section 4.1; 10 seconds, no redirects).
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import httpx

from careline_sandbox.deliver.signature import answers, challenge_token

TIMEOUT_S = 10.0
_LONGEST_URL = 200
#: ``wrong`` will not mend itself: an answer that is none, a redirect, a bad certificate; ``trouble`` may.
Outcome = Literal["passed", "wrong", "trouble"]


def url_fault(url: str) -> str | None:
    """What X would not like about a webhook's address, in words; None if it may be tried.

    X wants https without an explicit port. On this machine plain http and any port are taken as well: nobody
    has a certificate for 127.0.0.1 (a deviation that the waiver list of the tests names).
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "it is not a URL"
    if not 1 <= len(url) <= _LONGEST_URL or not host or parts.scheme not in ("http", "https"):
        return f"it must be an https URL of at most {_LONGEST_URL} characters"
    if is_loopback(host):
        return None
    if parts.scheme != "https":
        return "it must begin with https"
    return None if port is None else "it must not name a port"


async def passes(url: str, consumer_secret: str, *, beyond_loopback: bool = False) -> bool:
    """Whether the address answers a fresh challenge rightly within ten seconds, without a redirect."""
    return await put_to(url, consumer_secret, beyond_loopback=beyond_loopback) == "passed"


async def put_to(url: str, consumer_secret: str, *, beyond_loopback: bool = False) -> Outcome:
    """What becomes of a fresh challenge.

    ``wrong``, without any traffic, for an address beyond this machine unless ``beyond_loopback``.
    """
    if not (beyond_loopback or is_loopback(urlsplit(url).hostname or "")):
        return "wrong"
    token = challenge_token()
    try:
        async with asyncio.timeout(TIMEOUT_S), httpx.AsyncClient(trust_env=False) as client:
            asked = httpx.URL(url).copy_merge_params({"crc_token": token})
            response = await client.get(asked, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return "wrong" if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)) else "trouble"
    if response.status_code >= 400:
        return "trouble"
    return "passed" if _is_right(response, token, consumer_secret) else "wrong"


def _is_right(response: httpx.Response, token: str, consumer_secret: str) -> bool:
    try:
        answer = response.json() if response.status_code == 200 else None
    except ValueError:
        return False
    return isinstance(answer, dict) and answers(consumer_secret, token, answer.get("response_token"))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_loopback(host: str) -> bool:
    """Whether a host means this machine. Judged by its name alone: asking a name server would be traffic too."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
