"""Who may listen to a workspace: a short-lived signed ticket, so that the edge needs neither Django nor a database.

A page that has checked session and membership issues the ticket; the edge checks it with the standard library alone.
The ticket is worth little to a thief: it lives a minute and shows ids, no content. A stream ends by itself after
`edge.LIFETIME_S`, so a person who lost their membership is out by then.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

TICKET_MS = 60_000
_CONTEXT = b"careline live ticket 1\0"


class BadTicket(Exception):
    """Forged, run out or not a ticket at all; the browser is to fetch a new one from a page."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says: this person may listen to this workspace until `expires_ms`."""

    workspace_id: int
    user_id: int
    expires_ms: int


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Tickets:
    """Issues and reads tickets with one key, of which every process of the install has a copy.

    `now_ms` is the machine's own clock and not the desk's: a simulated day may pass in a second (law 10), and a
    ticket guards a real connection.
    """

    def __init__(self, secret: str, *, now_ms: Callable[[], int] = _wall_ms) -> None:
        self._key = hashlib.sha256(_CONTEXT + secret.encode()).digest()
        self._now_ms = now_ms

    def issue(self, *, workspace_id: int, user_id: int) -> str:
        """A ticket for the next minute; safe in a URL."""
        body = f"{workspace_id}.{user_id}.{self._now_ms() + TICKET_MS}"
        return f"{body}.{self._sign(body)}"

    def read(self, text: str) -> Ticket:
        """What the ticket allows. Raises BadTicket."""
        body, _, signature = text.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            raise BadTicket
        workspace_id, user_id, expires_ms = (int(part) for part in body.split("."))
        if expires_ms <= self._now_ms():
            raise BadTicket
        return Ticket(workspace_id, user_id, expires_ms)

    def _sign(self, body: str) -> str:
        digest = hmac.new(self._key, body.encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")
