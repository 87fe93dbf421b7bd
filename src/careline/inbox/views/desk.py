"""What every page of the desk shows around its subject: the workspace, the views with their counts, the list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from careline.actions import context
from careline.inbox.access import Seat
from careline.store.queries import inbox, people

#: What the search field gives at most; longer is no handle.
_LONGEST_HANDLE = 64


def now_ms() -> int:
    """The desk's time (law 10)."""
    return context.current().clock.now_ms()


def frame(request: HttpRequest, seat: Seat, view: str) -> dict[str, Any]:
    """The frame of a page. The change number is read first: what is shown is at least as new as it says."""
    return {
        "seat": seat,
        "seq": inbox.latest_change(seat.workspace.id),
        "workspaces": people.workspaces(seat.user.id),
        **list_context(request, seat, view),
    }


def list_context(request: HttpRequest, seat: Seat, view: str) -> dict[str, Any]:
    """The list column: counts, rows, what was searched for."""
    sought = request.GET.get("q", "")[:_LONGEST_HANDLE]
    after = request.GET.get("after", "")
    found = (
        inbox.find(seat.workspace.id, sought, user_id=seat.user.id)
        if view == "find"
        else inbox.rows(seat.workspace.id, inbox.View(view), user_id=seat.user.id, after=after)
    )
    return {
        "seat": seat,
        "view": view,
        "views": list(inbox.View),
        "page": found,
        "counts": inbox.counts(seat.workspace.id, seat.user.id),
        "sought": sought,
        "after": after,
        "now": now_ms(),
        "language_code": get_language(),
        "current_id": None,
    }


def conversation_url(seat: Seat, view: str, conversation_id: int) -> str:
    """Where a conversation is read."""
    return reverse("conversation", args=[seat.workspace.slug, view, conversation_id])
