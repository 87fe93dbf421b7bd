"""Rate windows per endpoint, as X publishes them, with their headers (x-platform sections 1.1, 4, 5, 6, 7, 10).

The published numbers contradict each other in places, so clients have to obey the headers; the sandbox follows
the newer table, and a test may set any window it likes. Windows start with the first call and live in memory:
a restart opens fresh ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from careline_sandbox.wire import errors

Per = Literal["user", "app_only", "app"]
QUARTER, DAY = 900, 86_400


@dataclass(frozen=True, slots=True)
class Window:
    """``limit`` calls in ``seconds``: per user token, per app without a user, or per app over all its users."""

    per: Per
    limit: int
    seconds: int = QUARTER


def _lookup(*, app: int, user: int) -> tuple[Window, ...]:
    return Window("app_only", app), Window("user", user)


_SEND_DM = (Window("user", 15), Window("user", 1440, DAY), Window("app", 1440, DAY))
_READ_DM = (Window("user", 15),)
_USERS = _lookup(app=300, user=900)
_SUBSCRIPTIONS = (Window("app_only", 500), Window("user", 500))
_PIECES = (Window("user", 1_875), Window("app", 180_000, DAY))
TABLE: Mapping[str, tuple[Window, ...]] = {
    "POST /2/tweets": (Window("user", 100), Window("app", 10_000, DAY)),
    "DELETE /2/tweets/{id}": (Window("user", 50),),
    "GET /2/tweets": _lookup(app=3_500, user=5_000),
    "GET /2/tweets/{id}": _lookup(app=450, user=900),
    "GET /2/tweets/search/recent": _lookup(app=450, user=300),
    "GET /2/users/me": (Window("user", 75),),
    "GET /2/users": _USERS,
    "GET /2/users/{id}": _USERS,
    "GET /2/users/by": _USERS,
    "GET /2/users/by/username/{username}": _USERS,
    "GET /2/users/{id}/tweets": _lookup(app=10_000, user=900),
    "GET /2/users/{id}/mentions": _lookup(app=450, user=300),
    "POST /2/dm_conversations/with/{participant_id}/messages": _SEND_DM,
    "POST /2/dm_conversations/{dm_conversation_id}/messages": _SEND_DM,
    "GET /2/dm_events": _READ_DM,
    "GET /2/dm_events/{event_id}": _READ_DM,
    "GET /2/dm_conversations/with/{participant_id}/dm_events": _READ_DM,
    "GET /2/dm_conversations/{id}/dm_events": _READ_DM,
    "DELETE /2/dm_events/{event_id}": (
        Window("user", 300),
        Window("user", 1_500, DAY),
        Window("app", 4_000, DAY),
    ),
    "POST /2/media/upload": (Window("user", 500), Window("app", 50_000, DAY)),
    "POST /2/media/upload/initialize": _PIECES,
    "POST /2/media/upload/{id}/append": _PIECES,
    "POST /2/media/upload/{id}/finalize": _PIECES,
    "GET /2/media/upload": (Window("user", 1_000), Window("app", 100_000, DAY)),
    "POST /2/media/metadata": (Window("user", 500),),
    "POST /2/webhooks": _lookup(app=450, user=450),
    "GET /2/webhooks": _lookup(app=450, user=450),
    "PUT /2/webhooks/{webhook_id}": _lookup(app=450, user=450),
    "DELETE /2/webhooks/{webhook_id}": _lookup(app=450, user=450),
    "POST /2/webhooks/replay": _lookup(app=100, user=100),
    "POST /2/activity/subscriptions": _SUBSCRIPTIONS,
    "GET /2/activity/subscriptions": _SUBSCRIPTIONS,
    "DELETE /2/activity/subscriptions": _SUBSCRIPTIONS,
    "PUT /2/activity/subscriptions/{subscription_id}": _SUBSCRIPTIONS,
    "DELETE /2/activity/subscriptions/{subscription_id}": _SUBSCRIPTIONS,
    "GET /2/activity/stream": (Window("app_only", 450),),
}
EVERYWHERE = "*"


@dataclass(slots=True)
class Windows:
    """The windows under way. ``overrides`` maps an endpoint or "*" to {"limit", "window_s"}."""

    overrides: dict[str, dict[str, int]] = field(default_factory=dict)
    running: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)


def take(windows: Windows, endpoint: str, *, app_id: int, person_id: int | None, now_ms: int) -> dict[str, str]:
    """Count one call and return the headers that tell of it.

    Raises errors.Problem (429, with the same headers) where a window is used up; such a call costs nothing.
    """
    counted = []
    for window in _windows(windows, endpoint):
        if (window.per == "user") == (person_id is None) and window.per != "app":
            continue
        who = person_id if window.per == "user" else None
        counted.append((window, _bucket(windows, (endpoint, window, app_id, who), now_ms)))
    full = any(bucket[0] >= window.limit for window, bucket in counted)
    for _, bucket in counted:
        bucket[0] += 0 if full else 1
    headers: dict[str, str] = {}
    for window, (used, reset_ms) in counted:
        name = _header(window)
        headers[f"{name}-limit"] = str(window.limit)
        headers[f"{name}-remaining"] = str(max(window.limit - used, 0))
        headers[f"{name}-reset"] = str(math.ceil(reset_ms / 1000))
    if full:
        problem = errors.too_many_requests()
        problem.headers.update(headers)
        raise problem
    return headers


def _windows(windows: Windows, endpoint: str) -> tuple[Window, ...]:
    override = windows.overrides.get(endpoint) or windows.overrides.get(EVERYWHERE)
    if override is None:
        return TABLE.get(endpoint, ())
    limit, seconds = override["limit"], override["window_s"]
    return Window("user", limit, seconds), Window("app_only", limit, seconds)


def _bucket(windows: Windows, key: tuple[Any, ...], now_ms: int) -> list[int]:
    """[calls made, when the window ends]; a new one where there is none or it is over."""
    bucket = windows.running.get(key)
    if bucket is None or now_ms >= bucket[1]:
        bucket = windows.running[key] = [0, now_ms + key[1].seconds * 1000]
    return bucket


def _header(window: Window) -> str:
    if window.seconds != DAY:
        return "x-rate-limit"
    return "x-user-limit-24hour" if window.per == "user" else "x-app-limit-24hour"
