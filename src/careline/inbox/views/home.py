"""Doors: from the bare address to a workspace, from a workspace to its open list."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from careline.inbox.access import Seat, seated
from careline.store.models import User
from careline.store.queries import people


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the one workspace, or a choice of several."""
    assert isinstance(request.user, User)
    workspaces = people.workspaces(request.user.id)
    if len(workspaces) == 1:
        return redirect("list", workspaces[0].slug, "open")
    return render(request, "workspaces.html", {"workspaces": workspaces})


@require_safe
@seated
def workspace(_request: HttpRequest, seat: Seat) -> HttpResponse:
    """To the open list."""
    return redirect("list", seat.workspace.slug, "open")
