"""Who else is at which conversation: told by browsers while they are there, asked for by those who see it change."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from careline.actions import context
from careline.inbox import forms, say
from careline.inbox.access import Seat, seated
from careline.ports.presence import Doing, Presence, Present
from careline.store.queries import composing

#: A browser's name for one of its tabs; longer is none of ours.
_LONGEST_TAB = 40


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def presence(request: HttpRequest, seat: Seat) -> HttpResponse:
    """POST `conversation`, `tab`, `doing` ("" on leaving): I am here. GET: who else is, see `_told`."""
    board = context.current().presence
    if board is None:
        return JsonResponse({"here": {}, "again_ms": None}, status=503)
    if request.method == "POST":
        _report(request, seat, board)
        return HttpResponse(status=204)
    return JsonResponse(_told(seat, board), headers={"Cache-Control": "no-store"})


def _report(request: HttpRequest, seat: Seat, board: Presence) -> None:
    conversation_id = forms.number(request.POST.get("conversation", ""))
    tab, doing = request.POST.get("tab", "")[:_LONGEST_TAB], None
    with contextlib.suppress(ValueError):
        doing = Doing(request.POST.get("doing", ""))
    if tab and composing.exists(seat.workspace.id, conversation_id):
        board.report(
            workspace_id=seat.workspace.id,
            conversation_id=conversation_id,
            user_id=seat.user.id,
            tab=tab,
            doing=doing,
        )


def _told(seat: Seat, board: Presence) -> dict[str, Any]:
    """`here`: by conversation, a sentence and its people; `again_ms`: when somebody may be gone without a word."""
    names = composing.members(seat.workspace.id)
    here: dict[str, Any] = {}
    ends: list[int] = []
    for conversation_id, present in board.who(seat.workspace.id).items():
        others = [one for one in present if one.user_id != seat.user.id and one.user_id in names]
        if others:
            ends += [one.until_ms for one in others]
            here[str(conversation_id)] = _sentence(others, names)
    return {"here": here, "again_ms": max(min(ends) - board.now_ms(), 0) if ends else None}


def _sentence(others: Sequence[Present], names: dict[int, str]) -> dict[str, Any]:
    writing = [names[one.user_id] for one in others if one.doing is Doing.WRITING]
    reading = [names[one.user_id] for one in others if one.doing is Doing.READING]
    said = [_said(_WRITING, writing), _said(_READING, reading)]
    who = [{"name": names[one.user_id], "initials": say.initials(names[one.user_id])} for one in others]
    return {
        "text": " · ".join(filter(None, said)),
        "doing": Doing.WRITING if writing else Doing.READING,
        "people": who,
    }


def _said(sentences: tuple[Callable[[], str], ...], names: Sequence[str]) -> str:
    """One sentence about one, two or more people; "" about nobody."""
    if not names:
        return ""
    values = {"first": names[0], "second": names[1] if len(names) > 1 else "", "count": say.number(len(names) - 1)}
    return sentences[min(len(names), 3) - 1]() % values


#: Whole sentences, because languages bend them differently: for one, for two, for more.
_WRITING = (
    lambda: _("%(first)s is writing…"),
    lambda: _("%(first)s and %(second)s are writing…"),
    lambda: _("%(first)s and %(count)s others are writing…"),
)
_READING = (
    lambda: _("%(first)s is reading"),
    lambda: _("%(first)s and %(second)s are reading"),
    lambda: _("%(first)s and %(count)s others are reading"),
)
