"""Why a network did not take a message, for people: what it means and what to do, then the network's own words."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _


def refused(network: str, reason: str, detail: str) -> str:
    """A sentence for a final refusal. A code that nobody has translated yet falls back on the network's own words."""
    known = _REFUSED.get(reason)
    if known is not None:
        return known() % {"network": network}
    if detail:
        return _("%(network)s refused: “%(detail)s”") % {"network": network, "detail": detail}
    return _("%(network)s refused it and did not say why.") % {"network": network}


def waiting(reason: str) -> str:
    """Why a message waits, or "" when that is nobody's concern."""
    known = _WAITING.get(reason)
    return known() if known is not None else ""


#: docs/refusals.md lists the codes; the first dozen come from `channels.x`, the last three from the outbox.
_REFUSED: dict[str, Callable[[], str]] = {
    "not_summoned": lambda: _("%(network)s refused: the customer has to mention us before we may answer this post."),
    "no_dm": lambda: _("%(network)s refused: this customer takes no direct messages from us. Answer in public."),
    "restricted": lambda: _("%(network)s refused: our account may not do this to this customer just now."),
    "duplicate": lambda: _("%(network)s refused: our account has just posted the same text. Change a word."),
    "post_gone": lambda: _("%(network)s refused: the post we answer is deleted or hidden."),
    "not_found": lambda: _("%(network)s refused: the post or person is not there any more."),
    "too_long": lambda: _("%(network)s refused: the text is too long."),
    "locked": lambda: _("%(network)s refused: our account is locked there. Sign in there and see what it asks."),
    "scope": lambda: _("%(network)s refused: the desk lacks a right there. An admin has to connect the account again."),
    "enrolment": lambda: _("%(network)s refused: our app there may not use this. An admin has to look at it."),
    "token": lambda: _("%(network)s did not let us in for a day. An admin has to connect the account again."),
    "credits": lambda: _("%(network)s refused for a day: the credits there are used up. An admin has to add some."),
    "cap": lambda: _("%(network)s refused for a day: this month's allowance there is used up."),
    "unreachable": lambda: _("%(network)s could not be reached for a day."),
    "server": lambda: _("%(network)s had errors for a day."),
    "conversation_gone": lambda: _("Not sent: its conversation is no longer here."),
    "stopped": lambda: _("Not sent: the customer asked us to stop writing privately."),
    "never_wrote": lambda: _("Not sent: this customer has not written to us privately."),
}

_WAITING: dict[str, Callable[[], str]] = {
    "throttled": lambda: _("the limit there is used up until then"),
    "rate": lambda: _("the limit there is used up until then"),
    "server": lambda: _("the network had an error"),
    "server_error": lambda: _("the network had an error"),
    "unreachable": lambda: _("the network could not be reached"),
    "token": lambda: _("the network did not let us in"),
    "credits": lambda: _("the credits there are used up"),
    "cap": lambda: _("this month's allowance there is used up"),
    "cannot_look": lambda: _("the network did not say whether it arrived"),
}
