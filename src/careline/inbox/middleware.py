"""Pages speak the reader's language and tell the reader's time: their own setting first, else what the browser says."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from careline.inbox import look
from careline.store.models import User

#: Set by our own script from the browser's clock; a name that is no time zone is ignored.
ZONE_COOKIE = "careline_zone"


def zone_of(request: HttpRequest) -> str | None:
    """The name of the reader's time zone, or None for the server's."""
    wanted = getattr(request.user, "time_zone", "") or request.COOKIES.get(ZONE_COOKIE, "")
    return wanted if wanted in available_timezones() else None


def personal(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware; comes after the one that knows who is signed in."""

    def respond(request: HttpRequest) -> HttpResponse:
        language = look.language_of(request)
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        request.look = look.of_request(request)  # type: ignore[attr-defined]
        zone = zone_of(request)
        with timezone.override(ZoneInfo(zone) if zone else None):
            response = get_response(request)
        if isinstance(request.user, User):
            _remember(request, request.user, response)
        return response

    return respond


def _remember(request: HttpRequest, user: User, response: HttpResponse) -> None:
    """For the sign-in page that comes after this session. Who sets no language keeps the one of this browser."""
    chosen = {"language": user.language} if user.language else {}
    look.remember(request, response, theme=user.theme, **chosen)
