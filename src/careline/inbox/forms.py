"""Forms, read by hand: what a page may send, and nothing it may not. Verbs judge the content."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict

from careline.actions.held_back import Seen

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Written:
    """What a composer panel sends. `uid` names the message to be, so that a second click makes no second one.

    `seen`: what the page showed; `leave_out`: whom of those offered the answer shall not notify; `by_hand`: its author
    posts it in the network's own app.
    """

    text: str
    uid: UUID | None
    answers_id: int
    account_id: int
    first_line: str
    confirmed: bool
    seen: Seen
    leave_out: tuple[str, ...]
    by_hand: bool = False


def written(post: QueryDict) -> Written:
    """Browsers send line breaks as CR LF; networks take LF."""
    return Written(
        text=post.get("text", "").replace("\r\n", "\n"),
        uid=_uuid(post.get("uid", "")),
        answers_id=number(post.get("answers", "")),
        account_id=number(post.get("account", "")),
        first_line=post.get("first_line", "").lstrip(),
        confirmed=post.get("confirmed") == "1",
        seen=Seen(number(post.get("seen", "")), number(post.get("seen_ours", ""))),
        leave_out=tuple(one for one in post.getlist("offered") if one not in post.getlist("notify")),
        by_hand=post.get("by_hand") == "1",
    )


def number(text: str) -> int:
    """An id, or 0, which is nobody's."""
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return value if value <= _LARGEST_ID else 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
