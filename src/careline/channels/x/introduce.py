"""Asking X who somebody is: events for replies and quotes carry an author's id and nothing else.

X's own samples of post.reply.create and post.quote.create have empty `includes` (x-platform: 4.4). The answer goes to
the raw log, a person a payload, so that who is called what stays a function of the log (law 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from careline.channels.base import Auth, HttpCall, Introduced, Problem, Steps, Throttled
from careline.channels.x.asking import USER_FIELDS, Page, read_page
from careline.channels.x.reading import Json, network_id

#: What one call may ask for (docs.x.com, GET /2/users).
MOST = 100


def introduce(ids: Sequence[str], now_ms: int) -> Steps[Introduced | Throttled | Problem]:
    """Profiles of at most 100 people. Whom X does not know (suspended, gone) is left out."""
    query = {"ids": ",".join(ids[:MOST]), **USER_FIELDS}
    found = read_page((yield HttpCall("GET", "/2/users", "GET /2/users", Auth.USER, query)), now_ms)
    if not isinstance(found, Page):
        return found
    return Introduced(tuple(_payload(user, now_ms) for user in found.items if network_id(user.get("id"))))


def _payload(user: Json, now_ms: int) -> bytes:
    return msgspec.json.encode({"careline": "person", "as_of": now_ms, "data": user})


def as_of(document: Json) -> int:
    """When an introduction was asked for (ms), as `introduce` wrote it down."""
    value = document.get("as_of")
    return value if isinstance(value, int) and value > 0 else 0
