"""One sentence about what a button has just done, with the way back."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from careline.actions.steer import UNDOABLE
from careline.inbox.errors import Trouble
from careline.store.models import Decision

_KEY = "toast"


@dataclass(frozen=True, slots=True)
class Toast:
    """`undo`: the decision that can be taken back, or 0."""

    text: str
    more: str = ""
    undo: int = 0
    status: int = 200

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
