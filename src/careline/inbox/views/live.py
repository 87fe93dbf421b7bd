"""Live: a ticket for the stream of changes, and the changes themselves for browsers whose stream does not stand."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from careline.actions import context
from careline.inbox.access import Seat, seated
from careline.store.queries import timeline


@require_safe
@seated
def changes(request: HttpRequest, seat: Seat) -> JsonResponse:
    """`{"changes": [{seq, what, conversation_id, message_id}]}` after number `after`, at most 200, rising."""
    after = request.GET.get("after", "")
    found = timeline.changes(seat.workspace.id, int(after) if after.isdecimal() else 0)
    return JsonResponse({"changes": [_as_text(change) for change in found]}, headers={"Cache-Control": "no-store"})


def _as_text(change: dict[str, int | str | None]) -> dict[str, int | str | None]:
    """Ids as strings: 64 bits do not fit a JavaScript number."""
    ids = {key: None if change[key] is None else str(change[key]) for key in ("conversation_id", "message_id")}
    return change | ids


@require_safe
@seated
def ticket(_request: HttpRequest, seat: Seat) -> JsonResponse:
    """`{"ticket": "..."}`, good for a minute: with it the browser may listen to this workspace's changes."""
    make = context.current().live_ticket
    if make is None:
        return JsonResponse({}, status=503)
    return JsonResponse({"ticket": make(seat.workspace.id, seat.user.id)}, headers={"Cache-Control": "no-store"})
