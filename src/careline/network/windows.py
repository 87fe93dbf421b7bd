"""What the network's headers said last about its rate windows, kept so that an empty window is not knocked at.

Pages contradict each other about limits; headers do not (law 9). Kept in the database, because a restart does not
refill a window, and because web and worker share it.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from django.db import DatabaseError
from django.db.models import Max

from careline.channels.base import Auth, HttpCall, Limit
from careline.domain.ids import make_id
from careline.network.session import Session
from careline.store.models import RateWindow
from careline.store.scoped import scoped

_DAILY = " 24h"
#: No window of X is longer; a reset beyond is a broken header and must not stop an account for good.
_LONGEST_MS = 25 * 3600 * 1000

log = structlog.get_logger(__name__)


def note(session: Session, call: HttpCall, headers: Mapping[str, str]) -> None:
    """Keep what an answer's headers say. Never raises for the database: the answer matters more than its limits."""
    told = session.channel.limits(headers, call.auth)
    if not told:
        return
    rows = [_row(session, call.endpoint, limit) for limit in told]
    try:
        scoped(RateWindow, session.workspace_id).bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["workspace", "owner", "endpoint"],
            update_fields=["limit", "remaining", "reset_ms"],
        )
    except DatabaseError as error:
        log.warning("rate window not kept", endpoint=call.endpoint, error=type(error).__name__)


def blocked_until(session: Session, endpoint: str, auth: Auth = Auth.USER) -> int | None:
    """When a call to `endpoint` may be made again (ms since 1970), if a window is known to be empty; else None."""
    now = session.clock.now_ms()
    owners = {session.owner_of(auth), session.owner(app_wide=True)}
    empty = scoped(RateWindow, session.workspace_id).filter(
        owner__in=owners,
        endpoint__in=(endpoint, endpoint + _DAILY),
        remaining__lte=0,
        reset_ms__gt=now,
        reset_ms__lte=now + _LONGEST_MS,
    )
    until: int | None = empty.aggregate(until=Max("reset_ms"))["until"]
    return until


def _row(session: Session, endpoint: str, limit: Limit) -> RateWindow:
    return RateWindow(
        id=make_id(session.clock.now_ms()),
        workspace_id=session.workspace_id,
        owner=session.owner(app_wide=limit.app_wide),
        endpoint=endpoint + (_DAILY if limit.daily else ""),
        limit=limit.limit,
        remaining=limit.remaining,
        reset_ms=limit.reset_ms,
    )
