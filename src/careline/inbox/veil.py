"""Personal data that a customer said in public: pointed out to those who answer, hidden from those who only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from jinja2 import pass_context
from jinja2.runtime import Context

from careline.domain.personal import Sort, find, hide
from careline.domain.words import Audience, Direction
from careline.inbox.access import Seat
from careline.store.queries.timeline import Line

#: X's codes of our languages, where they differ.
_LANGUAGES = {"pt": "pt-br", "in": "id"}


@pass_context
def veiled(context: Context, text: str) -> str:
    """What somebody said, as the reader of this page may read it. A page without a seat shows nothing personal."""
    seat: Any = context.get("seat")
    return text if isinstance(seat, Seat) and seat.may("reply") else hide(text)


def given_away(line: Line) -> tuple[str, ...]:
    """In words, what a customer gives away of themselves in a public post that still stands."""
    if line.direction is not Direction.IN or line.audience is not Audience.PUBLIC or line.deleted_ms is not None:
        return ()
    sorts = dict.fromkeys(one.sort for one in find(line.text, line.shape.get("lang", "")))
    return tuple(_SORTS[sort]() for sort in sorts)


def request_to_delete(line: Line) -> str:
    """A kind public answer, in the customer's language if it is one of ours: delete it, and write to us privately."""
    lang = line.shape.get("lang", "")
    with translation.override(_LANGUAGES.get(lang, lang) if lang in _SPOKEN else "en"):
        return _(
            "Thank you for writing! Please delete this post: it holds something personal that everyone can read. "
            "Send it to us in a direct message, and we will take care of it."
        )


_SPOKEN = frozenset({"en", "de", "it", "pt", "sv", "in", "id"})
_SORTS: dict[Sort, Callable[[], str]] = {
    Sort.EMAIL: lambda: _("an e-mail address"),
    Sort.ACCOUNT: lambda: _("a bank account"),
    Sort.CARD: lambda: _("a card number"),
    Sort.PHONE: lambda: _("a phone number"),
}
