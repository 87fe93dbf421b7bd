"""Addresses. A workspace comes first in every one of its pages (law 7); a list and a place in it are links."""

from __future__ import annotations

from allauth.account import views as signin
from django.contrib.auth.decorators import login_required
from django.urls import path, register_converter

from careline.inbox.converters import Mode, OutboxVerb, Verb, ViewName
from careline.inbox.views import composing, failures, home, lists, live, pictures, presence, styleguide, timeline, verbs

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
    path("password/", login_required(signin.password_change), name="account_change_password"),
    path("styleguide/", styleguide.page, name="styleguide"),
    path("<slug:workspace>/", home.workspace, name="workspace"),
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
