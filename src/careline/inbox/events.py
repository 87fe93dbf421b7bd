"""Decisions told in small type between the messages. A decision without a sentence here is not for agents' eyes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from careline.store.queries.timeline import Event


def sentence(event: Event, names: Mapping[str, str]) -> str:
    """What happened, in one sentence, or "" for what the timeline shows by itself (a message that joined, was sent).

    `names`: colleagues' names by e-mail address, as the decision log knows people.
    """
    if event.verb == "assigned":
        return _assigned(event, names)
    known = _SAID.get(event.verb)
    return known() % {"by": event.by or _("The desk")} if known is not None else ""


def _assigned(event: Event, names: Mapping[str, str]) -> str:
    by, to = event.by or _("The desk"), event.data.get("to")
    if not to:
        return _("%(by)s put this back for anyone") % {"by": by}
    name = names.get(to, to)
    if name == by:
        return _("%(by)s took this on") % {"by": by}
    return _("%(by)s gave this to %(name)s") % {"by": by, "name": name}


_SAID: dict[str, Callable[[], str]] = {
    "reopened": lambda: _("Reopened: the customer wrote again"),
    "arrived": lambda: _("The customer took the invitation and wrote privately"),
    "resolved": lambda: _("Resolved by %(by)s"),
    "opened_again": lambda: _("Reopened by %(by)s"),
    "marked_spam": lambda: _("Marked as spam by %(by)s"),
    "ignored": lambda: _("Ignored by %(by)s"),
    "undone": lambda: _("%(by)s took the last step back"),
    "split": lambda: _("%(by)s moved some messages into a conversation of their own"),
    "invited": lambda: _("%(by)s invited the customer to write privately"),
}
