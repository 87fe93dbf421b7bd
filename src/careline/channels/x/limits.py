"""X's rate windows as its own headers tell them: the only numbers to trust, since its pages contradict each other.

x-platform: 1.1 ("limits conflict"), 10. Law 9: nothing about limits is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from careline.channels.base import Auth, HttpReply, Limit, Throttled

_QUARTER_MS = 15 * 60 * 1000
_SOON_MS = 1_000


def read_limits(headers: Mapping[str, str], auth: Auth) -> tuple[Limit, ...]:
    """The quarter-hour window and the daily ones, as far as the headers name them."""
    return tuple(_windows(headers, app_wide=auth is Auth.APP))


def _windows(headers: Mapping[str, str], *, app_wide: bool) -> Iterator[Limit]:
    kinds = (
        ("x-rate-limit-", False, app_wide),
        ("x-user-limit-24hour-", True, False),
        ("x-app-limit-24hour-", True, True),
    )
    for prefix, daily, shared in kinds:
        limit, remaining, reset = (_number(headers, prefix + part) for part in ("limit", "remaining", "reset"))
        if remaining is not None and reset is not None:
            yield Limit(limit or 0, remaining, reset * 1000, daily=daily, app_wide=shared)


def throttled(reply: HttpReply, now_ms: int, auth: Auth) -> Throttled:
    """When to come again after a 429: the resets of the windows that are used up, else `retry-after`, else any reset
    that lies ahead, else in a quarter of an hour, which is the length of X's usual window.
    """
    windows = read_limits(reply.headers, auth)
    used_up = [window.reset_ms for window in windows if window.remaining <= 0 and window.reset_ms > now_ms]
    asked = _retry_after(reply.headers.get("retry-after", ""), now_ms)
    if used_up or asked:
        return Throttled(max([*used_up, asked or 0]), "rate limit")
    lone = (_number(reply.headers, "x-rate-limit-reset") or 0) * 1000
    return Throttled(lone if lone > now_ms else now_ms + _QUARTER_MS, "rate limit")


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(name, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 15 else None


def _retry_after(value: str, now_ms: int) -> int | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); in ms since 1970, never in the past."""
    seconds = _number({"": value}, "")
    if seconds is not None:
        return now_ms + max(seconds * 1000, _SOON_MS)
    try:
        moment = parsedate_to_datetime(value)
        stated = round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(stated, now_ms + _SOON_MS)
