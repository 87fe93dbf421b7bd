"""How a person's account is kept safe: password, second factor, and the browsers in which they are signed in."""

from __future__ import annotations

from allauth.account import views as signin
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from careline.inbox import toasts
from careline.inbox.toasts import Toast
from careline.store.models import User


class PasswordChange(signin.PasswordChangeView):
    """Back to the page one came from, with a word about what happened."""

    def form_valid(self, form: object) -> HttpResponse:
        """The other browsers stay signed out: their sessions were made with the old password."""
        response: HttpResponse = super().form_valid(form)
        toasts.carry(self.request, Toast(_("Your password is changed. Other browsers are signed out.")))
        return response

    def get_success_url(self) -> str:
        """The security page."""
        return reverse("security")


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Everything at a glance, each with its way on."""
    assert isinstance(request.user, User)
    factors = {one.type: one for one in Authenticator.objects.filter(user_id=request.user.id)}
    codes = factors.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "factor": factors.get(Authenticator.Type.TOTP),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "others": len(_others(request)),
        "toast": toasts.carried(request),
        "here": "security",
    }
    return render(request, "account/security.html", context)


@require_POST
@login_required
def sign_out_others(request: HttpRequest) -> HttpResponse:
    """End every other session of this person."""
    ended = _others(request)
    for session in ended:
        session.end()
    said = ngettext("Signed out in %(n)s other browser.", "Signed out in %(n)s other browsers.", len(ended))
    toasts.carry(request, Toast(said % {"n": len(ended)}))
    return redirect("security")


def _others(request: HttpRequest) -> list[UserSession]:
    """The person's sessions in other browsers, as far as they still hold."""
    sessions: list[UserSession] = UserSession.objects.purge_and_list(request.user)
    return [one for one in sessions if one.session_key != request.session.session_key]
