"""Off to the network's own composer, with an answer that was written here and could not leave from here."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from careline.inbox.access import Seat, seated
from careline.inbox.by_hand import answer_there, words
from careline.store.queries import composing


@require_safe
@seated
def by_hand(request: HttpRequest, seat: Seat, view: str, conversation_id: int, message_id: int) -> HttpResponse:
    """Open it there."""
    message = composing.message(seat.workspace.id, message_id)
    if message is None or message.account is None or not message.reply_to_id:
        raise Http404
    if message.conversation_id != conversation_id or message.network_id:
        raise Http404
    return redirect(answer_there(message.account, message.reply_to_id, words(message, message.account)))
