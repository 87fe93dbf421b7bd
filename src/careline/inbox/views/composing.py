"""Speaking: the composer, sending what it holds, and keeping what is not sent yet."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from careline.actions import context, converse, drafts, outbox
from careline.actions.errors import ActionError, Held, Invalid, NotFound
from careline.actions.outbound import signature
from careline.domain.signature import unsigned
from careline.domain.words import Kind
from careline.inbox import composer, errors, forms, toasts
from careline.inbox.access import Seat, seated
from careline.inbox.composer import Composer
from careline.inbox.toasts import Toast
from careline.inbox.views import desk
from careline.inbox.views import timeline as timeline_view
from careline.store.models import Message
from careline.store.queries import composing, timeline


@require_safe
@seated
def panel(request: HttpRequest, seat: Seat, view: str, conversation_id: int) -> HttpResponse:
    """The composer anew: for the latest message, or for the one in `answers`."""
    head = _head(seat, conversation_id)
    asked_id, mode = forms.number(request.GET.get("answers", "")), request.GET.get("mode", "")
    made = composer.compose(seat, head, asked_id=asked_id, mode=mode)
    return _composer(request, seat, view, head, made)


@require_POST
@seated
def send(request: HttpRequest, seat: Seat, view: str, conversation_id: int, mode: str) -> HttpResponse:
    """Say it. What was refused comes back as it was typed, with the reason."""
    written = forms.written(request.POST)
    try:
        with transaction.atomic():
            message = _speak(seat, conversation_id, mode, written)
            drafts.discard_draft(seat.actor, conversation_id=conversation_id, mode=mode)
    except Held as error:
        return _refused(request, seat, view, conversation_id, mode, written, errors.held(seat.workspace.id, error))
    except ActionError as error:
        return _refused(request, seat, view, conversation_id, mode, written, errors.trouble(error))
    toast = toasts.leaving(composing.leaving(seat.workspace.id, message.id), message.id, desk.now_ms())
    if not request.headers.get("HX-Request"):
        if toast is not None:
            toasts.carry(request, toast)
        return redirect(desk.conversation_url(seat, view, conversation_id))
    head = _head(seat, conversation_id)
    return _composer(request, seat, view, head, composer.compose(seat, head), toast=toast)


@require_POST
@seated
def take_back(request: HttpRequest, seat: Seat, view: str, conversation_id: int, message_id: int) -> HttpResponse:
    """Cancel an answer that has not left, and put its text back where it was written."""
    try:
        with transaction.atomic():
            outbox.cancel(context.current(), seat.actor, message_id=message_id)
            mode = _write_on(seat, conversation_id, message_id)
    except ActionError as error:
        toast, mode = toasts.sorry(errors.trouble(error)), ""
    else:
        toast = toasts.Toast(_("Taken back: it was not sent. Your text is in the composer again."))
    if not request.headers.get("HX-Request"):
        toasts.carry(request, toast)
        return redirect(f"{desk.conversation_url(seat, view, conversation_id)}?mode={mode}#composer")
    values = {"toast": toast, "seat": seat, "view": view, "conversation_id": conversation_id, "back_in": mode}
    response = render(request, "parts/toast.html", values, status=toast.status)
    response["HX-Trigger"] = "desk:changed"
    return response


def _write_on(seat: Seat, conversation_id: int, message_id: int) -> str:
    """Make a cancelled message a draft again, unless another one has been begun meanwhile; the draft's mode."""
    message = composing.message(seat.workspace.id, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise NotFound("There is no such message in this conversation.")
    mode = "invite" if "invite" in message.shape else message.audience
    if not timeline.drafts(seat.workspace.id, conversation_id, seat.user.id).get(mode):
        text = unsigned(message.text, signature(seat.workspace, Kind(message.kind), message.written_by))
        drafts.save_draft(
            context.current(), seat.actor, conversation_id=conversation_id, mode=mode, text=text, uid=None
        )
    return mode


@require_POST
@seated
def draft(request: HttpRequest, seat: Seat, view: str, conversation_id: int, mode: str) -> HttpResponse:
    """Keep what is typed so far."""
    written = forms.written(request.POST)
    try:
        drafts.save_draft(
            context.current(),
            seat.actor,
            conversation_id=conversation_id,
            mode=mode,
            text=written.text,
            uid=written.uid,
        )
    except ActionError as error:
        return HttpResponse(status=errors.trouble(error).status)
    return HttpResponse(status=204)


def _speak(seat: Seat, conversation_id: int, mode: str, written: forms.Written) -> Message:
    if written.uid is None:
        raise Invalid("This form is damaged. Load the page again.")
    now, actor = context.current(), seat.actor
    said: dict[str, Any] = {"conversation_id": conversation_id, "text": written.text, "uid": written.uid}
    if mode == "note":
        return converse.note(now, actor, **said)
    said |= {"seen": written.seen}
    if mode == "private" and not written.answers_id:
        return converse.direct(now, actor, account_id=written.account_id, **said)
    said |= {"answers_id": written.answers_id, "confirmed": written.confirmed, "leave_out": written.leave_out}
    said["by_hand"] = written.by_hand and mode != "private"
    if mode == "invite":
        return converse.invite(now, actor, first_line=written.first_line, **said)
    _check_audience(seat, mode, written.answers_id)
    return converse.reply(now, actor, **said)


def _check_audience(seat: Seat, mode: str, answers_id: int) -> None:
    """Law 3: what was written under "private" never leaves in public, nor the other way, whatever a page says."""
    audience = timeline.audience_of(seat.workspace.id, answers_id)
    if audience is not None and audience != mode:
        raise Invalid("The message you are answering was not written there. Load the page again.")


def _refused(
    request: HttpRequest,
    seat: Seat,
    view: str,
    conversation_id: int,
    mode: str,
    written: forms.Written,
    trouble: errors.Trouble,
) -> HttpResponse:
    head = _head(seat, conversation_id)
    made = composer.compose(seat, head, asked_id=written.answers_id)
    made = composer.again(made, mode, written, trouble)
    if request.headers.get("HX-Request"):
        return _composer(request, seat, view, head, made, status=trouble.status)
    return timeline_view.show(request, seat, view, head, made, status=trouble.status)


def _composer(
    request: HttpRequest,
    seat: Seat,
    view: str,
    head: timeline.Head,
    made: Composer,
    status: int = 200,
    toast: Toast | None = None,
) -> HttpResponse:
    values = {"seat": seat, "view": view, "head": head, "composer": made, "now": desk.now_ms()}
    values |= {"toast": toast, "conversation_id": head.id}
    response = render(request, "parts/composed.html", values, status=status)
    if request.method == "POST":
        # Also after a refusal: what held the answer back belongs into view.
        response["HX-Trigger"] = "desk:changed"
    return response


def _head(seat: Seat, conversation_id: int) -> timeline.Head:
    head = timeline.head(seat.workspace.id, conversation_id)
    if head is None:
        raise Http404
    return head
