"""X as a channel: the one door through which the rest of the desk uses this folder.

Pure by contract (`channels.base.Channel`): data in, data or calls out; so everything X-like is tested with data alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from careline.channels.base import (
    Auth,
    Capabilities,
    Channel,
    Collected,
    Fetched,
    HttpCall,
    Introduced,
    Limit,
    LookedUp,
    Marks,
    Outbound,
    Outcome,
    Problem,
    Steps,
    Throttled,
)
from careline.channels.x import collect, connect, fetch, introduce, limits, look_up, parse, redact, send, signature
from careline.domain.facts import Parsed


class XChannel:
    """See `channels.base.Channel` for what each member promises.

    280 weighted characters are what every account may post; X states 10,000 for a message (x-platform: 1.1, 5.2).
    """

    name = "x"
    can = Capabilities(post_weight=280, dm_chars=10_000, dm_link=True)

    def handshake(self, query: Mapping[str, str], secret: str) -> bytes | None:
        """The answer to X's challenge, for well-formed tokens only."""
        return signature.handshake(query, secret)

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        """Whether X signed this body with the app's consumer secret."""
        return signature.verify(body, headers, secret)

    def parse(self, payload: bytes) -> Parsed:
        """Facts of a webhook body, a stream line or a list item."""
        return parse.parse(payload)

    def redact(self, payload: bytes, reason: str) -> bytes:
        """The payload without words, pictures and profiles."""
        return redact.redact(payload, reason)

    def send(self, message: Outbound, now_ms: int) -> Steps[Outcome]:
        """Post or message, one call."""
        return send.send(message, now_ms)

    def look_up(self, message: Outbound, since_ms: int, now_ms: int) -> Steps[LookedUp | Throttled | Problem]:
        """Our own posts, or our messages to that person, since the attempt."""
        return look_up.look_up(message, since_ms, now_ms)

    def collect(self, account_network_id: str, marks: Marks, now_ms: int) -> Steps[Collected]:
        """Mentions, own posts and messages after the marks."""
        return collect.collect(account_network_id, marks, now_ms)

    def introduce(self, ids: Sequence[str], now_ms: int) -> Steps[Introduced | Throttled | Problem]:
        """Who these ids are."""
        return introduce.introduce(ids, now_ms)

    def connect(self, account_network_id: str, now_ms: int, webhook_url: str | None = None) -> Steps[Problem | None]:
        """The X Activity subscriptions, and the webhook where one is used."""
        return connect.connect(account_network_id, now_ms, webhook_url)

    def stream(self, backfill_minutes: int) -> HttpCall:
        """The app's activity stream. X sends a heart-beat at least every 20 s and backfills up to five minutes."""
        query = {"backfill_minutes": str(min(backfill_minutes, 5))} if backfill_minutes > 0 else {}
        return HttpCall("GET", "/2/activity/stream", "GET /2/activity/stream", Auth.APP, query, timeout_s=45)

    def limits(self, headers: Mapping[str, str], auth: Auth) -> tuple[Limit, ...]:
        """X's rate windows."""
        return limits.read_limits(headers, auth)

    def fetch_media(self, url: str, message_id: str) -> Steps[Fetched | Throttled | Problem]:
        """A picture; the address alone says which, so `message_id` is not needed here."""
        del message_id
        return fetch.fetch_media(url)


if TYPE_CHECKING:
    _proof: Channel = XChannel()
