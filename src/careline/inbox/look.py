"""How a page looks and in which language it speaks, for whom it is made: settled by the server before the first byte.

A script that set the theme would come after the first paint, and a dark desk would flash white. Before sign-in a
cookie of ours remembers what was last chosen in this browser; failure pages may have neither person nor session.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from jinja2 import pass_context
from jinja2.runtime import Context

from careline.store.models import User

#: "theme=dark&language=de": what was chosen last in this browser. Nothing secret, and nothing is trusted in it.
COOKIE = "careline_look"
_YEAR = 365 * 24 * 3600

THEMES = ("", "light", "dark")
CONTRASTS = ("", "more")
DENSITIES = ("", "compact")


@dataclass(frozen=True, slots=True)
class Look:
    """What a page's `<html>` says; "" is left to the browser."""

    theme: str = ""
    contrast: str = ""
    density: str = ""

    @property
    def language(self) -> str:
        """As browsers and screen readers write it: pt-BR, not pt-br."""
        primary, _, region = (translation.get_language() or settings.LANGUAGE_CODE).partition("-")
        return f"{primary}-{region.upper()}" if region else primary

    @property
    def direction(self) -> str:
        """Which way the language is read."""
        return "rtl" if translation.get_language_bidi() else "ltr"


@pass_context
def of_page(context: Context) -> Look:
    """For templates: the look of whoever the page is for. A page without a request looks as the browser wants."""
    request = context.get("request")
    if request is None:
        return Look()
    return getattr(request, "look", None) or _of_browser(request)


def of_request(request: HttpRequest) -> Look:
    """The person's own, else what this browser remembers."""
    if isinstance(request.user, User):
        user = request.user
        return Look(_one_of(user.theme, THEMES), _one_of(user.contrast, CONTRASTS), _one_of(user.density, DENSITIES))
    return _of_browser(request)


def language_of(request: HttpRequest) -> str:
    """The language that was chosen, by the person or in this browser; "" is what the browser asks for."""
    chosen = getattr(request.user, "language", "") or _remembered(request).get("language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""


def remember(request: HttpRequest, response: HttpResponse, **chosen: str) -> None:
    """Keep what was chosen in this browser, for the pages before the sign-in. Says nothing where nothing is new."""
    kept = _remembered(request)
    wanted = {name: value for name, value in (kept | chosen).items() if value}
    if wanted == kept or COOKIE in response.cookies:
        return
    response.set_cookie(
        COOKIE,
        urlencode(wanted),
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _of_browser(request: HttpRequest) -> Look:
    return Look(theme=_one_of(_remembered(request).get("theme", ""), THEMES))


def _remembered(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.COOKIES.get(COOKIE, "")[:200]))


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else ""
