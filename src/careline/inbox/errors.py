"""Why a verb did nothing, in the reader's words, each with a way out. Codes come from `actions.errors`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from careline.actions.errors import ActionError, Held
from careline.domain.words import Direction
from careline.store.models import Message
from careline.store.queries import composing

#: What the same second click, or a page that is behind, is answered with.
STATUS = {
    "denied": 403,
    "not_found": 404,
    "conflict": 409,
    "confirm_public": 409,
    "newer_message": 409,
    "answered_meanwhile": 409,
}


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that holds an answer back: whose it is, what it says, when."""

    id: int
    who: str
    text: str
    at_ms: int
    ours: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """`text`: what is the matter; `way_out`: what to do; `code`: for the page, which may ask instead of tell.

    `quote`: what the writer should look at before they decide.
    """

    code: str
    text: str
    way_out: str
    status: int = 422
    quote: Quote | None = None

    @property
    def asks(self) -> bool:
        """Whether it is a question rather than a refusal."""
        return self.code in ("confirm_public", "newer_message", "answered_meanwhile")


def trouble(error: ActionError) -> Trouble:
    """An action's error as a page shows it."""
    text, way_out = _WORDS.get(error.code, _unknown)()
    return Trouble(error.code, text, way_out, STATUS.get(error.code, 422))


def held(workspace_id: int, error: Held) -> Trouble:
    """Why an answer was held back, with the words that its author should see first."""
    message = composing.message(workspace_id, error.message_id)
    quote = None if message is None else _quoted(message)
    return replace(trouble(error), quote=quote)


def _quoted(message: Message) -> Quote:
    ours = message.direction == Direction.OUT
    account = f"@{message.account.handle}" if message.account else ""
    colleague = message.written_by.name if message.written_by else account
    customer = (message.identity.name or message.identity.handle) if message.identity else ""
    return Quote(message.id, colleague if ours else customer, message.text, message.created_ms, ours)


def _unknown() -> tuple[str, str]:
    return _("That did not work, and nothing was changed."), _("Look at the conversation again, then try once more.")


_WORDS = {
    "denied": lambda: (
        _("Your role here does not allow this."),
        _("Ask a lead or an admin of this workspace."),
    ),
    "not_found": lambda: (
        _("This is no longer here."),
        _("Somebody may have moved it, or the customer deleted it. Load the conversation again."),
    ),
    "conflict": lambda: (
        _("Somebody was faster, or it is too late for this."),
        _("Look at what has changed, then decide again."),
    ),
    "newer_open": lambda: (
        _("This customer has a newer open conversation."),
        _("Go on there; it is in the open list."),
    ),
    "newer_message": lambda: (
        _("The customer has written again since you began."),
        _("Look at it first; your text stays here."),
    ),
    "answered_meanwhile": lambda: (
        _("This was answered while you were writing."),
        _("Is yours still needed?"),
    ),
    "confirm_public": lambda: (
        _("This conversation holds private messages. What you post now will be visible to everyone."),
        _("Check that it gives nothing private away."),
    ),
    "already_private": lambda: (
        _("The customer is writing to us privately already."),
        _("Just answer with a direct message."),
    ),
    "never_wrote": lambda: (
        _("This customer has not written to us privately, so we may not write to them."),
        _("Invite them to write privately instead."),
    ),
    "stopped": lambda: (
        _("This customer asked us to stop writing privately."),
        _("You can write again once they write to us."),
    ),
    "empty": lambda: (_("There is nothing to send yet."), _("Write something first.")),
    "too_long": lambda: (
        _("The text is too long."),
        _("Shorten it until the count beside the button is no longer red."),
    ),
    "deleted": lambda: (
        _("The customer has deleted the message you are answering."),
        _("Choose another message to answer."),
    ),
}
