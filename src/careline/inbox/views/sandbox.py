"""What the sandbox is and how to leave it, one click from its mark on every page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from careline.inbox.access import Seat, seated
from careline.store.queries import people


@require_safe
@seated
def leave_sandbox(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The page. A workspace for real work has none."""
    if not seat.workspace.sandbox:
        raise Http404
    shown = {"seat": seat, "local_x": people.local_x(seat.workspace.id), "here": "sandbox"}
    return render(request, "sandbox.html", shown)
