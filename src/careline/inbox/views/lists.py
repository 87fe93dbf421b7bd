"""The list of conversations: a page, and its rows alone for a browser that has the page already."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from careline.inbox.access import Seat, seated
from careline.inbox.views import desk


@require_safe
@seated
def page(request: HttpRequest, seat: Seat, view: str) -> HttpResponse:
    """A view with nothing chosen."""
    values = desk.frame(request, seat, view)
    if "page" not in values:
        values = desk.list_context(request, seat, view) | values
    return render(request, "list.html", values)


@require_safe
@seated
def fragment(request: HttpRequest, seat: Seat, view: str) -> HttpResponse:
    """The list column again; `current` is the conversation that is open beside it."""
    current = request.GET.get("current", "")
    context = desk.list_context(request, seat, view)
    context["current_id"] = int(current) if current.isdecimal() else None
    return render(request, "parts/list.html", context)
