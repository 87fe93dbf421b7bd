"""Speaking: the composer, sending what it holds, and keeping what is not sent yet."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from careline.actions import context, converse, drafts
from careline.actions.errors import ActionError, Invalid
from careline.inbox import composer, errors, forms
from careline.inbox.access import Seat, seated
from careline.inbox.composer import Composer
from careline.inbox.views import desk
from careline.inbox.views import timeline as timeline_view
from careline.store.models import Message
from careline.store.queries import timeline


@require_safe
@seated
def panel(request: HttpRequest, seat: Seat, view: str, conversation_id: int) -> HttpResponse:
    """The composer anew: for the latest message, or for the one in `answers`."""
    head = _head(seat, conversation_id)
    made = composer.compose(seat, head, asked_id=forms.number(request.GET.get("answers", "")))
    return _composer(request, seat, view, head, made)


@require_POST
@seated
def send(request: HttpRequest, seat: Seat, view: str, conversation_id: int, mode: str) -> HttpResponse:
    """Say it. What was refused comes back as it was typed, with the reason."""
    written = forms.written(request.POST)
    try:
        with transaction.atomic():
            _speak(seat, conversation_id, mode, written)
            drafts.discard_draft(seat.actor, conversation_id=conversation_id, mode=mode)
    except ActionError as error:
        return _refused(request, seat, view, conversation_id, mode, written, errors.trouble(error))
    if not request.headers.get("HX-Request"):
        return redirect(desk.conversation_url(seat, view, conversation_id))
    head = _head(seat, conversation_id)
    response = _composer(request, seat, view, head, composer.compose(seat, head))
    response["HX-Trigger"] = "desk:changed"
    return response


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


def _speak(seat: Seat, conversation_id: int, mode: str, written: forms.Written) -> None:
    if written.uid is None:
        raise Invalid("This form is damaged. Load the page again.")
    now, actor, text, uid = context.current(), seat.actor, written.text, written.uid
    if mode == "note":
        converse.note(now, actor, conversation_id=conversation_id, text=text, uid=uid)
        return
    if mode == "private" and not written.answers_id:
        account_id = written.account_id
        converse.direct(now, actor, conversation_id=conversation_id, account_id=account_id, text=text, uid=uid)
        return
    answer: Callable[..., Message] = converse.reply
    if mode == "invite":
        answer = functools.partial(converse.invite, first_line=written.first_line)
    else:
        _check_audience(seat, mode, written.answers_id)
    answer(
        now,
        actor,
        conversation_id=conversation_id,
        answers_id=written.answers_id,
        text=text,
        uid=uid,
        confirmed=written.confirmed,
    )


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
    made = composer.again(
        made, mode, text=written.text, first_line=written.first_line, uid=written.uid, trouble=trouble
    )
    if request.headers.get("HX-Request"):
        return _composer(request, seat, view, head, made, status=trouble.status)
    return timeline_view.show(request, seat, view, head, made, status=trouble.status)


def _composer(
    request: HttpRequest, seat: Seat, view: str, head: timeline.Head, made: Composer, status: int = 200
) -> HttpResponse:
    values = {"seat": seat, "view": view, "head": head, "composer": made, "now": desk.now_ms()}
    return render(request, "parts/composer.html", values, status=status)


def _head(seat: Seat, conversation_id: int) -> timeline.Head:
    head = timeline.head(seat.workspace.id, conversation_id)
    if head is None:
        raise Http404
    return head
