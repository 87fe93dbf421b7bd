"""One conversation: the page, and its timeline alone for a browser that has the page already."""

from __future__ import annotations

import contextlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from careline.actions import context, drafts
from careline.actions.errors import ActionError
from careline.inbox import aside, composer, forms, story, toasts, unsent
from careline.inbox.access import Seat, seated
from careline.inbox.composer import Composer
from careline.inbox.views import desk
from careline.store.queries import people, timeline


def conversation_context(request: HttpRequest, seat: Seat, head: timeline.Head) -> dict[str, Any]:
    """Everything above and beside the composer."""
    now = desk.now_ms()
    colleagues = people.colleagues(seat.workspace.id)
    stretch = timeline.stretch(seat.workspace.id, head.id, before=request.GET.get("before", ""))
    return {
        "head": head,
        "days": story.tell(stretch, now, {one.email: one.name for one in colleagues}, head.identities),
        "stretch": stretch,
        "neighbours": timeline.neighbours(seat.workspace.id, head.id, stretch.lines),
        "aside": aside.beside(request, seat.workspace.id, head, stretch.lines, now),
        "colleagues": [one for one in colleagues if one.active],
        "seat": seat,
        "now": now,
        "before": request.GET.get("before", ""),
    }


def show(
    request: HttpRequest, seat: Seat, view: str, head: timeline.Head, made: Composer, status: int = 200
) -> HttpResponse:
    """The list with a conversation beside it."""
    values = desk.frame(request, seat, view) | conversation_context(request, seat, head)
    values |= {"current_id": head.id, "composer": made, "toast": toasts.carried(request), "conversation_id": head.id}
    return render(request, "conversation.html", values, status=status)


@require_safe
@seated
def page(request: HttpRequest, seat: Seat, view: str, conversation_id: int) -> HttpResponse:
    """A conversation; one that has joined another since leads there."""
    head = timeline.head(seat.workspace.id, conversation_id)
    if head is None:
        heir_id = timeline.heir(seat.workspace.id, conversation_id)
        if heir_id is None:
            raise Http404
        return redirect(desk.conversation_url(seat, view, heir_id))
    mode = _restore(request, seat, conversation_id) or request.GET.get("mode", "")
    asked_id = forms.number(request.GET.get("answers", ""))
    return show(request, seat, view, head, composer.compose(seat, head, asked_id=asked_id, mode=mode))


def _restore(request: HttpRequest, seat: Seat, conversation_id: int) -> str:
    """Make a text that was sent after the session had ended into a draft again; its mode, or ""."""
    kept = unsent.take(request, seat.workspace.slug, conversation_id)
    if kept is None:
        return ""
    with contextlib.suppress(ActionError):
        drafts.save_draft(
            context.current(),
            seat.actor,
            conversation_id=conversation_id,
            mode=kept["mode"],
            text=kept["text"],
            uid=None,
        )
    return kept["mode"]


@require_safe
@seated
def fragment(request: HttpRequest, seat: Seat, view: str, conversation_id: int) -> HttpResponse:
    """Head, timeline and what stands beside them again, in one answer.

    A browser whose conversation has gone is sent to where it went.
    """
    head = timeline.head(seat.workspace.id, conversation_id)
    if head is None:
        return HttpResponse(headers={"HX-Redirect": desk.conversation_url(seat, view, conversation_id)})
    values = conversation_context(request, seat, head)
    return render(request, "parts/conversation.html", values | {"view": view})
