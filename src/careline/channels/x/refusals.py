"""What X means when it says no: a short code for the desk, and whether trying again by itself makes sense.

X answers with problem documents, with older numbered errors, with both, or with nothing readable at all, and words
differ between days; so the status decides first, then the problem type's last part, then a number, then a few telling
words (x-platform: 7.3, 10). docs/refusals.md says in words what each code means and what a person can do.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from careline.channels.base import HttpReply, NoReply, Problem, Refused, Reply
from careline.channels.x.reading import Json, obj, objects, text


class Reason(StrEnum):
    """Why X did not do what was asked; docs/refusals.md lists them."""

    UNREACHABLE = "unreachable"
    TOKEN = "token"  # noqa: S105
    CREDITS = "credits"
    CAP = "cap"
    NOT_SUMMONED = "not_summoned"
    NO_DM = "no_dm"
    RESTRICTED = "restricted"
    DUPLICATE = "duplicate"
    POST_GONE = "post_gone"
    TOO_LONG = "too_long"
    LOCKED = "locked"
    SCOPE = "scope"
    ENROLMENT = "enrolment"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONNECTIONS = "connections"
    RATE = "rate"
    SERVER = "server"
    TOO_LARGE = "too_large"
    NO_ADDRESS = "no_address"
    UNREADABLE = "unreadable"


#: Worth another try by itself: nothing is wrong with the message, and someone else can put it right.
PASSING = frozenset({Reason.UNREACHABLE, Reason.TOKEN, Reason.CREDITS, Reason.CAP, Reason.SERVER, Reason.RATE})

#: X's older numbered errors.
_NUMBERS = {
    32: Reason.TOKEN, 64: Reason.LOCKED, 88: Reason.RATE, 89: Reason.TOKEN, 93: Reason.SCOPE, 144: Reason.POST_GONE,
    150: Reason.NO_DM, 151: Reason.NO_DM, 186: Reason.TOO_LONG, 187: Reason.DUPLICATE, 226: Reason.RESTRICTED,
    326: Reason.LOCKED, 349: Reason.NO_DM, 354: Reason.TOO_LONG, 385: Reason.POST_GONE, 433: Reason.NOT_SUMMONED,
    453: Reason.ENROLMENT, 476: Reason.NO_DM,
}  # fmt: skip

#: The last part of a problem's type; hosts and paths before it vary.
_TYPES = {
    "usage-capped": Reason.CAP,
    "credits": Reason.CREDITS,
    "credits-depleted": Reason.CREDITS,
    "client-forbidden": Reason.ENROLMENT,
    "resource-not-found": Reason.NOT_FOUND,
    "streaming-connection": Reason.CONNECTIONS,
    "unsupported-authentication": Reason.SCOPE,
}

#: Telling words, lower case, the more special ones first.
_WORDS = (
    ("permission to dm", Reason.NO_DM),
    ("cannot send messages to this user", Reason.NO_DM),
    ("mentioned or otherwise engaged", Reason.NOT_SUMMONED),
    ("where you are mentioned", Reason.NOT_SUMMONED),
    ("reply to this conversation is not allowed", Reason.NOT_SUMMONED),
    ("duplicate content", Reason.DUPLICATE),
    ("deleted or not visible", Reason.POST_GONE),
    ("bit shorter", Reason.TOO_LONG),
    ("this operation is not permitted", Reason.RESTRICTED),
    ("temporarily locked", Reason.LOCKED),
    ("suspended", Reason.LOCKED),
    ("permitted to perform this action", Reason.SCOPE),
    ("is forbidden for this endpoint", Reason.SCOPE),
)

_STATUSES = {
    400: Reason.INVALID,
    401: Reason.TOKEN,
    402: Reason.CREDITS,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    429: Reason.RATE,
}

_ADVICE = {
    Reason.UNREACHABLE: "Check this machine's connection to the internet.",
    Reason.TOKEN: "Connect the account again.",
    Reason.CREDITS: "Add credits to the developer app at X.",
    Reason.CAP: "The app has used up its month at X; raise its limit there or wait for the next month.",
    Reason.SCOPE: "Connect the account again and grant all the rights that the desk asks for.",
    Reason.ENROLMENT: "Attach the developer app to a project at X that may use this part of the API.",
    Reason.CONNECTIONS: "Another program holds this app's streams open; close it.",
    Reason.LOCKED: "Sign in at x.com and see what X asks of the account.",
    Reason.RATE: "Wait; X says when it takes calls again.",
    Reason.SERVER: "X has trouble; it is tried again.",
}

_DETAIL_LENGTH = 300


def reason_of(reply: HttpReply) -> Reason:
    """The code for an answer that is no success."""
    if reply.status == 401:
        return Reason.TOKEN
    if reply.status >= 500:
        return Reason.SERVER
    return next(_told(_body(reply)), _STATUSES.get(reply.status, Reason.INVALID))


def refused(reply: HttpReply) -> Refused:
    """A refusal of something that was to change at X. Raises nothing, whatever the body holds."""
    reason = reason_of(reply)
    return Refused(permanent=reason not in PASSING, reason=reason, detail=words(reply))


def problem(reply: Reply) -> Problem:
    """The same for a question that X did not answer, with what a person can do."""
    if isinstance(reply, NoReply):
        reason = Reason.TOO_LARGE if reply.too_large else Reason.UNREACHABLE
        return Problem(reason, reply.detail, _ADVICE.get(reason, ""))
    reason = reason_of(reply)
    return Problem(reason, words(reply), _ADVICE.get(reason, ""))


def is_rate_limit(reply: Reply) -> bool:
    """A used-up window. The monthly cap is a 429 as well, but waiting a quarter of an hour does not help there."""
    return isinstance(reply, HttpReply) and reply.status == 429 and reason_of(reply) is Reason.RATE


def words(reply: HttpReply) -> str:
    """X's own words, shortened; the bare status where it gave none."""
    body = _body(reply)
    told = [text(body.get("detail")), *(text(one.get("message")) or text(one.get("detail")) for one in _errors(body))]
    said = " ".join(dict.fromkeys(part for part in told if part)) or text(body.get("title"))
    return (said or f"HTTP {reply.status}")[:_DETAIL_LENGTH]


def _told(body: Json) -> Iterator[Reason]:
    for part in (body, *_errors(body)):
        kind = text(part.get("type")).rstrip("/").rpartition("/")[2]
        if kind in _TYPES:
            yield _TYPES[kind]
    for error in _errors(body):
        if isinstance(code := error.get("code"), int) and code in _NUMBERS:
            yield _NUMBERS[code]
    said = " ".join(text(part.get(key)) for part in (body, *_errors(body)) for key in ("detail", "message")).lower()
    yield from (reason for telling, reason in _WORDS if telling in said)


def _errors(body: Json) -> list[Json]:
    return list(objects(body.get("errors")))


def _body(reply: HttpReply) -> Json:
    try:
        return obj(msgspec.json.decode(reply.body))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
