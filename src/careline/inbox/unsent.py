"""A text that was sent after the session had ended is not lost: it waits in a fresh session while its author signs in.

The session lives in our database, not in the cookie. On the way back the text becomes a draft (`actions.drafts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django.http import HttpRequest
from django.urls import reverse

_KEY = "unsent"
_LONGEST = 10_000


class Unsent(TypedDict):
    """Where a text was meant to go."""

    workspace: str
    conversation_id: int
    mode: str
    text: str


def keep(request: HttpRequest) -> str:
    """Remember a composer's text if this request carries one; return the address to come back to."""
    match = request.resolver_match
    kwargs = match.kwargs if match else {}
    if "conversation_id" not in kwargs:
        return reverse("home")
    text = request.POST.get("text", "")[:_LONGEST]
    if text and match and match.url_name in {"send", "draft"}:
        request.session[_KEY] = Unsent(
            workspace=kwargs["workspace"],
            conversation_id=kwargs["conversation_id"],
            mode=kwargs["mode"],
            text=text,
        )
    return reverse("conversation", args=[kwargs["workspace"], "open", kwargs["conversation_id"]])


def meant_for(session: Mapping[str, Any]) -> str:
    """The short name of the workspace for which a session keeps a text, or ""."""
    return str(session.get(_KEY, {}).get("workspace", ""))


def take(request: HttpRequest, workspace: str, conversation_id: int) -> Unsent | None:
    """The text kept for this conversation, once."""
    kept: Unsent | None = request.session.get(_KEY)
    if kept is None or (kept["workspace"], kept["conversation_id"]) != (workspace, conversation_id):
        return None
    del request.session[_KEY]
    return kept
