"""What became of invitations: for leads. Each figure opens the conversations behind it, and says how it is counted."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from careline.domain.funnel import Step, by, funnel
from careline.inbox import forms
from careline.inbox.access import Seat, seated
from careline.inbox.views import desk
from careline.store.queries import invitations
from careline.store.queries.invitations import Invitation

DAYS = (7, 30, 90)
_DAY = 86_400_000
#: Conversations listed as evidence at once.
_LISTED = 100


@require_safe
@seated
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The funnel, whole, by agent and by account; below it what is behind the figure that was pressed."""
    if not seat.may("see_figures"):
        raise PermissionDenied
    asked = forms.number(request.GET.get("days", ""))
    days, now = asked if asked in DAYS else DAYS[1], desk.now_ms()
    found = invitations.since(seat.workspace.id, now - days * _DAY)
    shown = {
        "seat": seat,
        "now": now,
        "days": days,
        "spans": DAYS,
        "whole": funnel(found),
        "by_agent": by(lambda one: (one.agent_id, one.agent), found),
        "by_account": by(lambda one: (one.account_id, f"@{one.account}"), found),
        "cut": len(found) >= invitations.MOST,
        "here": "invitations",
        "figure": figure,
    }
    return render(request, "invitations.html", shown | _evidence(request, found))


def _evidence(request: HttpRequest, found: list[Invitation]) -> dict[str, Any]:
    """The invitations behind one figure, or None while none is asked for."""
    name = request.GET.get("step", "")
    if name not in set(Step):
        return {"step": "", "behind": None, "behind_count": 0, "whose": ""}
    agent, account = request.GET.get("agent"), forms.number(request.GET.get("account", ""))
    behind = [one for one in found if one.reached(Step(name))]
    if agent is not None:
        behind = [one for one in behind if one.agent_id == forms.number(agent)]
    if account:
        behind = [one for one in behind if one.account_id == account]
    first = behind[0] if behind else None
    whose = "" if first is None else first.agent if agent is not None else f"@{first.account}" if account else ""
    return {"step": name, "behind": behind[:_LISTED], "behind_count": len(behind), "whose": whose}


def figure(days: int, step: str, **whose: int) -> str:
    """The query of a figure's evidence."""
    return "?" + urlencode({"days": days, "step": step, **whose}) + "#behind"
