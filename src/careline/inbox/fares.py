"""How a message of ours fares on its way out, in a sentence, and what a person can do about it now (law 2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from careline.actions.outbox import BY_HAND
from careline.actions.outbox.trail import Trail
from careline.actions.reaching import NOT_SUMMONED
from careline.channels.base import Shown
from careline.domain.words import DeliveryState
from careline.inbox import refusals, say, times
from careline.store.queries.timeline import Line

#: Below this a wait is not worth a time of day.
_SOON_MS = 15_000


@dataclass(frozen=True, slots=True)
class Fare:
    """`tone`: "quiet", "wait", "good" or "bad"; `verbs`: what may be done now, in order.

    `shown`: what the network shows that could be this message, for a person to compare. `by_hand`: it can be posted in
    the network's own app.
    """

    tone: str
    text: str
    verbs: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    by_hand: bool = False


def fare(line: Line, now_ms: int) -> Fare | None:
    """How this message fares, or None for one that goes nowhere (a note, a customer's, one written in X itself)."""
    if line.leaving is None:
        return None
    network = say.network(line.network)
    why, detail = line.leaving.reason, line.leaving.detail
    match line.leaving.state:
        case DeliveryState.QUEUED | DeliveryState.LEASED:
            return Fare("wait", _leaves(line.leaving.not_before_ms, now_ms, why), ("cancel",))
        case DeliveryState.SENDING:
            return Fare("wait", _("Sending"))
        case DeliveryState.UNKNOWN:
            return Fare("wait", _("%(network)s gave no answer; looking whether it arrived") % {"network": network})
        case DeliveryState.STUCK:
            text = _("%(network)s does not show whether this arrived. Look there, then say what you see.")
            shown = Trail.of(line.leaving.evidence).shown
            return Fare("bad", text % {"network": network}, ("mark_sent", "send_again", "cancel"), shown)
        case DeliveryState.SENT:
            return Fare("good", _("Sent"))
        case DeliveryState.CANCELLED:
            return Fare("quiet", _("Cancelled; it was not sent"))
    if why == BY_HAND:
        text = _("Waits for you to post it on %(network)s. Once it is there, it counts as sent.")
        return Fare("wait", text % {"network": network}, ("retry",), by_hand=True)
    return Fare("bad", refusals.refused(network, why, detail), ("retry",), by_hand=why == NOT_SUMMONED)


def _leaves(at_ms: int, now_ms: int, reason: str) -> str:
    if at_ms <= now_ms + _SOON_MS:
        return _("Leaves now")
    when = {"time": times.moment(at_ms, now_ms)}
    why = refusals.waiting(reason)
    return f"{_('Leaves about %(time)s') % when}: {why}" if why else _("Leaves about %(time)s") % when
