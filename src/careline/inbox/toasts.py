"""One sentence about what a button has just done, with the way back."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from careline.actions.steer import UNDOABLE
from careline.domain.words import DeliveryState
from careline.inbox.errors import Trouble
from careline.store.models import Decision
from careline.store.queries.timeline import Leaving

_KEY = "toast"


@dataclass(frozen=True, slots=True)
class Toast:
    """`undo`: the decision that can be taken back, or 0; `message`: ours that can be until `until_ms`, or 0."""

    text: str
    more: str = ""
    undo: int = 0
    status: int = 200
    message: int = 0
    until_ms: int = 0

    @property
    def bad(self) -> bool:
        """Whether nothing was done."""
        return self.status != 200


def done(decision: Decision) -> Toast:
    """For a decision just taken."""
    said = {
        "assigned": _("Given to somebody.") if decision.data.get("to") else _("Back for anyone."),
        "resolved": _("Resolved."),
        "marked_spam": _("Marked as spam."),
        "ignored": _("Put away: needs no answer."),
        "opened_again": _("Open again."),
        "undone": _("Taken back."),
    }
    return Toast(said.get(decision.verb, _("Done.")), undo=decision.id if decision.verb in UNDOABLE else 0)


def leaving(leaving: Leaving | None, message_id: int, now_ms: int) -> Toast | None:
    """For an answer that can still be taken back; None where it has left, or waits for longer and says so itself."""
    if leaving is None or leaving.state is not DeliveryState.QUEUED or leaving.reason:
        return None
    if leaving.not_before_ms <= now_ms:
        return None
    return Toast(_("Your answer leaves in a moment."), message=message_id, until_ms=leaving.not_before_ms)


def sorry(trouble: Trouble) -> Toast:
    """For a verb that refused."""
    return Toast(trouble.text, more=trouble.way_out, status=trouble.status)


def carry(request: HttpRequest, toast: Toast) -> None:
    """Over a redirect, for browsers without scripts."""
    request.session[_KEY] = asdict(toast)


def carried(request: HttpRequest) -> Toast | None:
    """What the page before had to say."""
    kept = request.session.pop(_KEY, None)
    return Toast(**kept) if kept else None
