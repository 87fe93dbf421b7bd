"""Buttons: what they do to a conversation or to a message on its way out, said in a toast that can take it back."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from careline.actions import context, outbox, steer
from careline.actions.errors import ActionError
from careline.inbox import errors, forms, toasts
from careline.inbox.access import Seat, seated
from careline.inbox.toasts import Toast
from careline.inbox.views import desk
from careline.store.models import Decision, Delivery

_Steering = Callable[[HttpRequest, Seat, int], Decision]


def _assign(request: HttpRequest, seat: Seat, conversation_id: int) -> Decision:
    user_id = forms.number(request.POST.get("user", "")) or None
    return steer.assign(context.current(), seat.actor, conversation_id=conversation_id, user_id=user_id)


def _undo(request: HttpRequest, seat: Seat, _conversation_id: int) -> Decision:
    decision_id = forms.number(request.POST.get("decision", ""))
    return steer.undo(context.current(), seat.actor, decision_id=decision_id)


def _mark_sent(request: HttpRequest, seat: Seat, message_id: int) -> Delivery:
    network_id = request.POST.get("network_id", "")
    return outbox.mark_sent(context.current(), seat.actor, message_id=message_id, network_id=network_id)


_VERBS: dict[str, _Steering] = {
    "assign": _assign,
    "resolve": lambda _r, seat, one: steer.resolve(context.current(), seat.actor, conversation_id=one),
    "reopen": lambda _r, seat, one: steer.reopen(context.current(), seat.actor, conversation_id=one),
    "spam": lambda _r, seat, one: steer.mark_spam(context.current(), seat.actor, conversation_id=one),
    "ignore": lambda _r, seat, one: steer.ignore(context.current(), seat.actor, conversation_id=one),
    "undo": _undo,
}
_OUTBOX: dict[str, Callable[[HttpRequest, Seat, int], Delivery]] = {
    "cancel": lambda _r, seat, one: outbox.cancel(context.current(), seat.actor, message_id=one),
    "retry": lambda _r, seat, one: outbox.retry(context.current(), seat.actor, message_id=one),
    "mark_sent": _mark_sent,
    "send_again": lambda _r, seat, one: outbox.send_again(context.current(), seat.actor, message_id=one),
}


@require_POST
@seated
def do(request: HttpRequest, seat: Seat, view: str, conversation_id: int, verb: str) -> HttpResponse:
    """Steer a conversation."""
    try:
        decision = _VERBS[verb](request, seat, conversation_id)
    except ActionError as error:
        return answer(request, seat, view, conversation_id, toasts.sorry(errors.trouble(error)))
    return answer(request, seat, view, conversation_id, toasts.done(decision))


@require_POST
@seated
def settle(
    request: HttpRequest, seat: Seat, view: str, conversation_id: int, message_id: int, verb: str
) -> HttpResponse:
    """Say what shall become of a message on its way out."""
    try:
        _OUTBOX[verb](request, seat, message_id)
    except ActionError as error:
        return answer(request, seat, view, conversation_id, toasts.sorry(errors.trouble(error)))
    return answer(request, seat, view, conversation_id, Toast(_("Done.")))


def answer(request: HttpRequest, seat: Seat, view: str, conversation_id: int, toast: Toast) -> HttpResponse:
    """With htmx the toast alone, and a word to fetch the rest; without, the page again."""
    if not request.headers.get("HX-Request"):
        toasts.carry(request, toast)
        return redirect(desk.conversation_url(seat, view, conversation_id))
    values = {"toast": toast, "seat": seat, "view": view, "conversation_id": conversation_id}
    response = render(request, "parts/toast.html", values, status=toast.status)
    response["HX-Trigger"] = "desk:changed"
    return response
