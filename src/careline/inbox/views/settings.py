"""What a company sets for its workspace. Admins change it; the verb judges, this page says what is wrong and where."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from careline.actions import context
from careline.actions.errors import Invalid
from careline.actions.workspace import LONGEST_STOP_WORD, MOST_HOURS, MOST_STOP_WORDS, change_settings
from careline.domain.settings import LONGEST_UNDO_S, SIGNATURES, STOP_WORDS, read_settings
from careline.inbox import forms, say, toasts
from careline.inbox.access import Seat, seated
from careline.inbox.toasts import Toast
from careline.store.models import Workspace
from careline.store.queries import people

_HOUR = 3_600_000
_TEXTS = ("name", "undo_send_s", "reopen_hours", "handoff_hours")
#: How the form names the choices of `domain.settings.SIGNATURES`.
_SIGNATURES: dict[str, bool | str] = dict(zip(("none", "posts", "all"), SIGNATURES, strict=True))


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show the settings; take them from the form."""
    if not seat.may("change_settings"):
        raise PermissionDenied
    if request.method != "POST":
        return _show(request, seat, _stored(seat.workspace), {}, toasts.carried(request))
    values = _written(request)
    try:
        decision = change_settings(
            context.current(),
            seat.actor,
            name=values["name"],
            signature=_SIGNATURES.get(values["signature"], ""),
            undo_send_s=forms.number(values["undo_send_s"]) if values["undo_send_s"].isdecimal() else -1,
            reopen_hours=forms.number(values["reopen_hours"]),
            handoff_hours=forms.number(values["handoff_hours"]),
            stop_words=values["stop_words"].splitlines(),
        )
    except Invalid as error:
        return _show(request, seat, values, {error.code: _words(error.code)}, status=422)
    toasts.carry(request, Toast(_("Saved.") if decision else _("Nothing was different.")))
    return redirect("settings", seat.workspace.slug)


def _stored(workspace: Workspace) -> dict[str, Any]:
    settings = read_settings(workspace.settings)
    return {
        "name": workspace.name,
        "signature": next(
            word for word, one in _SIGNATURES.items() if one == workspace.settings.get("signature", False)
        ),
        "undo_send_s": str(settings.undo_send_ms // 1000),
        "reopen_hours": str(settings.reopen_ms // _HOUR),
        "handoff_hours": str(settings.handoff_ms // _HOUR),
        "stop_words": "\n".join(settings.current_stop_words),
    }


def _written(request: HttpRequest) -> dict[str, Any]:
    texts = {name: request.POST.get(name, "").strip() for name in _TEXTS}
    return {
        **texts,
        "stop_words": request.POST.get("stop_words", "").replace("\r\n", "\n"),
        "signature": request.POST.get("signature", ""),
    }


def _words(field: str) -> str:
    if field == "name":
        return _("Give the workspace a name of at most 120 characters.")
    if field == "signature":
        return _("Choose one of these.")
    if field == "undo_send_s":
        return _("Give whole seconds, from 0 to %(most)s.") % {"most": say.number(LONGEST_UNDO_S)}
    if field == "stop_words":
        return _("At most %(many)s words, each of at most %(long)s characters.") % {
            "many": say.number(MOST_STOP_WORDS),
            "long": say.number(LONGEST_STOP_WORD),
        }
    return _("Give whole hours, from 1 to %(most)s.") % {"most": say.number(MOST_HOURS)}


def _show(
    request: HttpRequest, seat: Seat, values: dict[str, Any], errors: dict[str, str], toast: Toast | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    shown = {
        "seat": seat,
        "values": values,
        "errors": errors,
        "toast": toast,
        "built_in": STOP_WORDS,
        "members": people.members(seat.workspace.id),
        "sample": seat.user.initials or say.initials(seat.user.name),
        "here": "settings",
    }
    return render(request, "settings.html", shown, status=status)
