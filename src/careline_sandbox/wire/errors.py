"""X's refusals, word for word where the reference has the words (x-platform sections 5.3, 7.3 and 10)."""

from __future__ import annotations

from typing import Any

TYPES = "https://api.x.com/2/problems/"

NO_DM = "You do not have permission to DM one or more participants."
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the"
    " author of the post you are replying to."
)
NO_QUOTE = (
    "Quoting this post is not allowed because you have not been mentioned or otherwise engaged by the author of"
    " the post you are quoting."
)
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NO_PARENT = "You attempted to reply to a Tweet that is deleted or not visible to you."
NOT_EDITABLE = "You are not permitted to edit this Tweet."
TOO_LONG = "Tweet needs to be a bit shorter."
NOT_PERMITTED = "You are not permitted to perform this action."


class Problem(Exception):
    """A refusal on its way to the client: an HTTP status, a body (None for an empty one), extra headers."""

    def __init__(self, status: int, body: dict[str, Any] | None, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def forbidden(detail: str = NOT_PERMITTED) -> Problem:
    """403 with a reason in words."""
    return Problem(403, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403})


def bad_request(detail: str) -> Problem:
    """400 with a reason in words and no parameter to blame."""
    return Problem(
        400, {"title": "Invalid Request", "detail": detail, "type": f"{TYPES}invalid-request", "status": 400}
    )


def unauthorized() -> Problem:
    """401: no token, an unknown, expired or wrongly signed one."""
    return Problem(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})


def unsupported_authentication(*, used: str, supported: list[str]) -> Problem:
    """403: the endpoint takes tokens, but not of the kind that was sent."""
    detail = (
        f"Authenticating with {used} is forbidden for this endpoint."
        f"  Supported authentication types are [{', '.join(supported)}]."
    )
    kind = f"{TYPES}unsupported-authentication"
    return Problem(403, {"title": "Unsupported Authentication", "detail": detail, "type": kind, "status": 403})


def invalid(message: str, **parameters: str) -> Problem:
    """400: a parameter or body that X does not take; ``parameters`` names the offending ones."""
    error = {"message": message, "parameters": {name: [value] for name, value in parameters.items()}}
    return Problem(
        400,
        {
            "errors": [error],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{TYPES}invalid-request",
        },
    )


def too_many_requests() -> Problem:
    """429: a rate window is used up; its headers say until when."""
    return Problem(
        429, {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    )


def not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """One entry of ``errors`` for a resource that does not exist (partial success, HTTP 200)."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{TYPES}resource-not-found",
    }


def not_authorized(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """One entry of ``errors`` for a resource that the caller may not see (a protected account's post)."""
    return {
        "value": value,
        "detail": f"Sorry, you are not authorized to see the {kind} with {parameter}: [{value}].",
        "title": "Authorization Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "section": "data",
        "type": f"{TYPES}not-authorized-for-resource",
    }
