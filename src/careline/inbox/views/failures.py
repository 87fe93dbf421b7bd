"""Pages for when something is wrong: they look like the desk, say what happened, and lead back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from careline.store.queries import people


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    shown = {"title": title, "text": text, "status": status, "sandbox_slug": _sandbox_slug(request)}
    return render(request, "failure.html", shown, status=status)


def _sandbox_slug(request: HttpRequest) -> str:
    """The sandbox in which this went wrong, if the reader has a seat there; it may be the database that broke."""
    slug = request.path_info.split("/")[1]
    with suppress(DatabaseError):
        # An error may come before anybody asked who is there.
        user = getattr(request, "user", None)
        seat = people.membership(user.pk, slug) if user is not None and user.is_authenticated else None
        return slug if seat is not None and seat.workspace.sandbox else ""
    return ""


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400."""
    return _page(request, 400, _("This request makes no sense"), _("The address or the form was damaged on its way."))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    return _page(request, 403, _("This is not for your role"), _("Ask a lead or an admin of this workspace."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404; also the answer for what is in a workspace where the reader has no seat."""
    text = _("It may have been moved or deleted, or it belongs to a workspace you are not a member of.")
    return _page(request, 404, _("There is nothing here"), text)


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    text = _("The fault is ours and has been written down. What you typed is kept; try again in a moment.")
    return _page(request, 500, _("Something broke"), text)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form from before the last sign-in, or from elsewhere."""
    text = _("You have signed in again since this page was opened. Go back and load it anew; your text is kept there.")
    return _page(request, 403, _("This page is too old to send"), text)
