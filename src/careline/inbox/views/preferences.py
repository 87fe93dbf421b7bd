"""A person's own page: name and initials, language and time, how pages look, whether single keys work."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from careline.actions import person
from careline.actions.errors import Invalid
from careline.inbox import look, say, toasts, zones
from careline.inbox.toasts import Toast
from careline.inbox.views.desk import now_ms
from careline.store.models import User

_TEXTS = ("name", "initials", "language", "time_zone", "theme", "contrast", "density")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Show the preferences; take them from the form."""
    assert isinstance(request.user, User)
    user = request.user
    if request.method != "POST":
        values = {name: getattr(user, name) for name in (*_TEXTS, "single_keys")}
        return _show(request, values, {}, toasts.carried(request))
    values = _written(request)
    errors = _errors(values)
    if not errors:
        try:
            person.change_preferences(user, **values)
        except Invalid as error:
            errors = {error.code: _words(error.code)}
    if errors:
        user.refresh_from_db()
        return _show(request, values, errors, status=422)
    return _saved(request, user)


def _saved(request: HttpRequest, user: User) -> HttpResponse:
    """Says so in the language that was just chosen; the cookie of this browser follows."""
    language = user.language or translation.get_language_from_request(request)
    with translation.override(language):
        toasts.carry(request, Toast(_("Saved. The desk now looks and speaks as you said.")))
    response = redirect("preferences")
    look.remember(request, response, theme=user.theme, language=user.language)
    return response


def _written(request: HttpRequest) -> dict[str, Any]:
    values: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in _TEXTS}
    return values | {"single_keys": request.POST.get("single_keys") == "1"}


def _errors(values: dict[str, Any]) -> dict[str, str]:
    """What no form of ours sends, or nobody can choose."""
    known = {
        "language": ("", *dict(settings.LANGUAGES)),
        "theme": look.THEMES,
        "contrast": look.CONTRASTS,
        "density": look.DENSITIES,
    }
    wrong = {name: _("Choose one of the list.") for name, choices in known.items() if values[name] not in choices}
    if values["time_zone"] and not zones.is_zone(values["time_zone"]):
        wrong["time_zone"] = _("Choose one of the list.")
    return wrong


def _words(field: str) -> str:
    if field == "initials":
        return _("Initials are 2 to 4 letters or digits, as in AB.")
    return _("Colleagues must be able to name you: give 1 to 120 characters.")


def _show(
    request: HttpRequest, values: dict[str, Any], errors: dict[str, str], toast: Toast | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "values": values,
        "errors": errors,
        "toast": toast,
        "languages": [(code, name) for code, name in settings.LANGUAGES],
        "zones": zones.by_region(now_ms(), values["time_zone"]),
        "now": now_ms(),
        "sample": values["initials"] or say.initials(values["name"]),
        "here": "preferences",
    }
    return render(request, "account/preferences.html", context, status=status)


@require_POST
@login_required
def single_keys(request: HttpRequest) -> HttpResponse:
    """The switch in the keyboard's help; the same as in the preferences."""
    assert isinstance(request.user, User)
    person.change_preferences(request.user, single_keys=request.POST.get("on") == "1")
    return HttpResponse(status=204)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Before the sign-in: the language of this browser. Back to where it was asked for."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = settings.LOGIN_URL
    response = redirect(back)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        look.remember(request, response, language=chosen)
    return response
