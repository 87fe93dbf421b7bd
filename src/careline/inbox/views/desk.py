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
#: The request header that asks for "main" (what is read) or "list" (the list as well) instead of a whole page.
PART = "Careline-Part"


def now_ms() -> int:
    """The desk's time (law 10)."""
    return context.current().clock.now_ms()


def frame(request: HttpRequest, seat: Seat, view: str) -> dict[str, Any]:
    """The frame of a page. The change number is read first: what is shown is at least as new as it says.

    A browser that has the desk already asks for a part of it at the same address (static/inbox/js/navigate.js): the
    same template then extends `part.html`, and for a conversation ("main") the list is not read at all.
    """
    part = request.headers.get(PART, "")
    if part == "main":
        return {"seat": seat, "view": view, "now": now_ms(), "layout": "part.html", "with_list": False}
    if part == "list":
        return {"layout": "part.html", "with_list": True, **list_context(request, seat, view)}
    return {
        "layout": "desk.html",
        "seq": inbox.latest_change(seat.workspace.id),
        "workspaces": people.workspaces(seat.user.id),
        **list_context(request, seat, view),
    }


def list_context(request: HttpRequest, seat: Seat, view: str) -> dict[str, Any]:
    """The list column: counts, rows, what was searched for."""
    sought = request.GET.get("q", "")[:_LONGEST_HANDLE]
    after, pages = request.GET.get("after", ""), _pages(request)
    now, user_id = now_ms(), seat.user.id
    found = (
        inbox.find(seat.workspace.id, sought, user_id=user_id, now_ms=now)
        if view == "find"
        else inbox.rows(seat.workspace.id, inbox.View(view), user_id=user_id, now_ms=now, after=after, pages=pages)
    )
    return {
        "seat": seat,
        "view": view,
        "views": list(inbox.View),
        "page": found,
        "counts": inbox.counts(seat.workspace.id, seat.user.id),
        "sought": sought,
        "after": after,
        "pages": pages,
        "more_here": pages < inbox.MOST_PAGES,
        "now": now,
        "language_code": get_language(),
        "current_id": None,
    }


def _pages(request: HttpRequest) -> int:
    """How many pages of the list a browser shows by now, one below the other."""
    asked = request.GET.get("pages", "")
    return min(max(int(asked), 1), inbox.MOST_PAGES) if asked.isdecimal() and len(asked) < 3 else 1


def conversation_url(seat: Seat, view: str, conversation_id: int) -> str:
    """Where a conversation is read."""
    return reverse("conversation", args=[seat.workspace.slug, view, conversation_id])
