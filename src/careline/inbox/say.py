"""The desk's closed lists, said in the reader's words. Every value of `domain.words` that a page shows has its word."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from careline.domain import signature
from careline.domain.funnel import Step
from careline.domain.words import Audience, Ending, HandoffState, Role, State
from careline.store.queries.inbox import MOST, View

HUES = 8


def view(name: str) -> str:
    """The name of a list."""
    return {
        View.OPEN: pgettext("list of conversations", "Open"),
        View.MINE: pgettext("list of conversations", "Mine"),
        View.RESOLVED: pgettext("list of conversations", "Resolved"),
        View.SPAM: pgettext("list of conversations", "Spam"),
        "find": pgettext("list of conversations", "Found"),
    }[name]


def network(name: str) -> str:
    """Networks are proper names."""
    return {"x": "X"}.get(name, name)


def audience(name: str) -> str:
    """Who can read it, in words: the mark on every message (law 3)."""
    return {
        Audience.PUBLIC: pgettext("who can read it", "Public"),
        Audience.PRIVATE: pgettext("who can read it", "Private"),
        Audience.INTERNAL: pgettext("who can read it", "Internal"),
    }[Audience(name)]


def kind(name: str) -> str:
    """What it is at its network."""
    return {"post": _("Post"), "dm": _("Direct message"), "note": _("Note")}[name]


def state(name: str, ending: str) -> str:
    """Where a conversation stands."""
    if name == State.RESOLVED:
        return {Ending.IGNORED: _("Ignored"), Ending.SPAM: pgettext("state", "Spam")}.get(
            Ending(ending), pgettext("state", "Resolved")
        )
    return _("Waiting for the customer") if name == State.PENDING else pgettext("state", "Open")


def step(name: str) -> str:
    """How far invitations have come."""
    return {
        Step.OFFERED: pgettext("invitations", "Offered"),
        Step.ARRIVED: pgettext("invitations", "Arrived"),
        Step.SOLVED: pgettext("invitations", "Solved"),
    }[Step(name)]


def role(name: str) -> str:
    """What somebody is in a workspace."""
    return {
        Role.OBSERVER: _("Observer"),
        Role.AGENT: _("Agent"),
        Role.LEAD: _("Lead"),
        Role.ADMIN: _("Admin"),
    }[Role(name)]


def handoff(name: str, until_ms: int | None, now: int) -> str:
    """What became of an invitation to write privately. That it ran out is a matter of the clock, and stored nowhere."""
    if name == HandoffState.OFFERED and until_ms is not None and until_ms < now:
        name = HandoffState.EXPIRED
    return {
        HandoffState.PLANNED: _("Invitation not sent yet"),
        HandoffState.OFFERED: _("Invitation sent, no answer yet"),
        HandoffState.ARRIVED: _("Invitation taken: they wrote privately"),
        HandoffState.EXPIRED: _("Invitation ran out"),
        HandoffState.WITHDRAWN: _("Invitation withdrawn"),
    }[HandoffState(name)]


def outbox_verb(name: str) -> str:
    """What the button says that settles a delivery."""
    return {
        "cancel": _("Cancel"),
        "retry": _("Try again"),
        "mark_sent": _("It was sent"),
        "send_again": _("Send again"),
    }[name]


def media(name: str) -> str:
    """What an attachment is."""
    return {"video": _("Video"), "animated_gif": _("GIF")}.get(name, _("Picture"))


def turn(name: str) -> str:
    """Said between the messages where their audience changes (law 3)."""
    return {
        Audience.PUBLIC: _("From here on: public posts, which everyone can read"),
        Audience.PRIVATE: _("From here on: private messages, only between the customer and us"),
    }[Audience(name)]


def original(network_name: str, kind_name: str, network_id: str | None) -> str:
    """Where the network itself shows a post, or "" for what has no address there."""
    return f"https://x.com/i/status/{network_id}" if (network_name, kind_name) == ("x", "post") and network_id else ""


def hash_of(key: str) -> str:
    """The part of a blob's key that is the hash of its bytes."""
    return key.rpartition("/")[2]


def capped(count: int) -> str:
    """A count as the views show it: nothing is counted further than a thousand."""
    return f"{number(MOST)}+" if count > MOST else number(count)


def number(value: int) -> str:
    """With the separators of the reader's language."""
    return number_format(value, force_grouping=True)


def initials(name: str) -> str:
    """Up to two letters that stand for a person without a picture."""
    return signature.initials(name) or "?"


def hue(key: Any) -> str:
    """One of HUES classes of colour, the same for the same person every time."""
    return f"hue-{sum(str(key).encode()) % HUES}"
