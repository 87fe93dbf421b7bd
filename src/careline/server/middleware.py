"""What every answer of the desk carries, and one log line a request that names the route, never the path asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

_log = structlog.get_logger("careline.request")
_Handler = Callable[[HttpRequest], HttpResponse]

#: The desk uses no sensor and no payment; a script that got in should not either.
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


def one_line(get_response: _Handler) -> _Handler:
    """Log method, route, status and milliseconds: a path may hold a handle, a query what somebody looked for."""

    def handle(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        _log.info(
            "request",
            method=request.method if request.method in _METHODS else "other",
            route=match.route if match else "none",
            status=response.status_code,
            ms=round((time.perf_counter() - begun) * 1000, 1),
        )
        return response

    return handle


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def private_pages(get_response: _Handler) -> _Handler:
    """Keep pages with people's messages out of every cache, and the browser's sensors off."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Permissions-Policy"] = PERMISSIONS
        return response

    return handle


#: What shrinks. Pictures have been compressed already; the answers with a live ticket are too short to gain anything.
_TEXTS = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")


class Compressed(GZipMiddleware):
    """Send texts compressed: a page of fifty conversations is a tenth as long.

    Compression may give a secret away to somebody who can both put words into a page and measure its length (BREACH).
    Django's own middleware adds a random number of bytes to each answer against that, and the one secret in our pages,
    the CSRF token, is masked anew in each; the session is in no page.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Compress whole answers only: a range of a file would no longer be that range."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.status_code != HTTPStatus.OK or request.method == "HEAD" or kind not in _TEXTS:
            return response
        return super().process_response(request, response)
