"""Addresses. A workspace comes first in every one of its pages (law 7); a list and a place in it are links."""

from __future__ import annotations

from allauth.account import views as signin
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as paper
from allauth.mfa.totp import views as app
from django.contrib.auth.decorators import login_required
from django.urls import path, register_converter
from django.views.decorators.cache import never_cache

from careline.inbox.converters import Mode, OutboxVerb, Verb, ViewName
from careline.inbox.views import (
    by_hand,
    composing,
    failures,
    home,
    invitations,
    lists,
    live,
    pictures,
    preferences,
    presence,
    sandbox,
    security,
    settings,
    styleguide,
    timeline,
    verbs,
)

register_converter(ViewName, "view")
register_converter(Mode, "mode")
register_converter(Verb, "verb")
register_converter(OutboxVerb, "outbox")

handler400 = failures.bad_request
handler403 = failures.forbidden
handler404 = failures.not_found
handler500 = failures.broken

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", signin.login, name="account_login"),
    path("sign-out/", signin.logout, name="account_logout"),
    path("sign-in/off/", signin.account_inactive, name="account_inactive"),
    path("styleguide/", styleguide.page, name="styleguide"),
    path("sign-in/code/", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/again/", login_required(signin.reauthenticate), name="account_reauthenticate"),
    path("sign-in/again/code/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("language/", preferences.language, name="choose_language"),
    path("preferences/", preferences.page, name="preferences"),
    path("preferences/keys", preferences.single_keys, name="single_keys"),
    path("password/", login_required(security.PasswordChange.as_view()), name="account_change_password"),
    path("security/", security.page, name="security"),
    path("security/", security.page, name="mfa_index"),
    path("security/sign-out-others", security.sign_out_others, name="sign_out_others"),
    path("security/app/", app.activate_totp, name="mfa_activate_totp"),
    path("security/app/off/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/codes/", never_cache(paper.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("security/codes/new/", login_required(paper.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("security/codes/download", paper.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("<slug:workspace>/", home.workspace, name="workspace"),
    path("<slug:workspace>/settings/", settings.page, name="settings"),
    path("<slug:workspace>/invitations/", invitations.page, name="invitations"),
    path("<slug:workspace>/sandbox/", sandbox.leave_sandbox, name="leave_sandbox"),
    path("<slug:workspace>/changes", live.changes, name="changes"),
    path("<slug:workspace>/presence", presence.presence, name="presence"),
    path("<slug:workspace>/live-ticket", live.ticket, name="live_ticket"),
    path("<slug:workspace>/picture/<int:attachment_id>/<str:_name>", pictures.picture, name="picture"),
    path(
        "<slug:workspace>/<view:view>/<int:conversation_id>/picture/<int:attachment_id>/again",
        pictures.again,
        name="picture_again",
    ),
    path("<slug:workspace>/<view:view>/", lists.page, name="list"),
    path("<slug:workspace>/<view:view>/rows", lists.fragment, name="rows"),
    path("<slug:workspace>/<view:view>/<int:conversation_id>/", timeline.page, name="conversation"),
    path("<slug:workspace>/<view:view>/<int:conversation_id>/timeline", timeline.fragment, name="timeline"),
    path("<slug:workspace>/<view:view>/<int:conversation_id>/composer", composing.panel, name="composer"),
    path("<slug:workspace>/<view:view>/<int:conversation_id>/send/<mode:mode>", composing.send, name="send"),
    path(
        "<slug:workspace>/<view:view>/<int:conversation_id>/by-hand/<int:message_id>", by_hand.by_hand, name="by_hand"
    ),
    path("<slug:workspace>/<view:view>/<int:conversation_id>/draft/<mode:mode>", composing.draft, name="draft"),
    path(
        "<slug:workspace>/<view:view>/<int:conversation_id>/message/<int:message_id>/take-back",
        composing.take_back,
        name="take_back",
    ),
    path("<slug:workspace>/<view:view>/<int:conversation_id>/do/<verb:verb>", verbs.do, name="do"),
    path(
        "<slug:workspace>/<view:view>/<int:conversation_id>/message/<int:message_id>/<outbox:verb>",
        verbs.settle,
        name="settle",
    ),
]
