"""Nobody sees a page without a seat: signed in, and a member of the workspace that the address names.

A workspace in which one has no seat answers like one that does not exist (law 7). What a seat may do is asked of
`domain.permissions` by the pages (to show no button that cannot work) and again by every verb.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from careline.actions.context import Actor
from careline.domain.permissions import may
from careline.domain.words import Role
from careline.inbox import unsent
from careline.store.models import User, Workspace
from careline.store.queries import people

P = ParamSpec("P")
#: Request headers on which an answer of the desk depends, beside the cookie.
_ASKED_BY = ("HX-Request", "Careline-Part", "Accept")


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at work in a workspace."""

    user: User
    workspace: Workspace
    role: Role

    @property
    def actor(self) -> Actor:
        """Who the verbs are told is acting."""
        return Actor(workspace_id=self.workspace.id, user_id=self.user.id, role=self.role)

    def may(self, verb: str) -> bool:
        """Whether to offer a verb at all."""
        return may(self.role, verb)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page and back; what was typed waits in the session. Scripts are answered 401."""
    back = request.get_full_path()
    if request.method == "POST":
        back = unsent.keep(request)
    if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
        response = HttpResponse(status=401)
        response["HX-Redirect"] = f"{reverse('account_login')}?{_next(back)}"
        return response
    return redirect_to_login(back)


def _next(back: str) -> str:
    return urlencode({"next": back})


def seated(
    view: Callable[Concatenate[HttpRequest, Seat, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """A view of one workspace: gets the seat in place of the workspace's slug."""

    def answer(request: HttpRequest, workspace: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        assert isinstance(request.user, User)
        membership = people.membership(request.user.id, workspace)
        if membership is None:
            raise Http404
        seat = Seat(user=request.user, workspace=membership.workspace, role=Role(membership.role))
        return view(request, seat, *args, **kwargs)

    @functools.wraps(view)
    def wrapper(request: HttpRequest, workspace: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = answer(request, workspace, *args, **kwargs)
        # One address gives pages and parts of pages: a browser must not take the one for the other.
        patch_vary_headers(response, _ASKED_BY)
        return response

    return wrapper
