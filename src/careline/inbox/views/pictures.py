"""Customers' pictures, from our own copies: never as a page, never guessed at by a browser, kept for good by it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from careline.actions import context
from careline.actions.errors import ActionError
from careline.actions.pictures import fetch_picture_again
from careline.inbox import errors, toasts
from careline.inbox.access import Seat, seated
from careline.inbox.toasts import Toast
from careline.inbox.views.verbs import answer
from careline.store.queries import timeline

#: What our own copies may be, by their first bytes (each format's specification). Anything else is not shown.
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def _kind(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _KINDS if data.startswith(start)), None)


@require_safe
@seated
def picture(_request: HttpRequest, seat: Seat, attachment_id: int, _name: str) -> HttpResponse:
    """One picture of this workspace. The address carries the hash of the bytes, so they never change under it."""
    blobs = context.current().blobs
    key = timeline.picture(seat.workspace.id, attachment_id)
    data = blobs.get(key) if key and blobs else None
    kind = _kind(data) if data else None
    if data is None or kind is None:
        raise Http404
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline",
    }
    return HttpResponse(data, content_type=kind, headers=headers)


@require_POST
@seated
def again(request: HttpRequest, seat: Seat, view: str, conversation_id: int, attachment_id: int) -> HttpResponse:
    """Try once more to get a picture that could not be had."""
    try:
        fetch_picture_again(context.current(), seat.actor, attachment_id=attachment_id)
    except ActionError as error:
        return answer(request, seat, view, conversation_id, toasts.sorry(errors.trouble(error)))
    return answer(request, seat, view, conversation_id, Toast(_("The picture is being fetched again.")))
