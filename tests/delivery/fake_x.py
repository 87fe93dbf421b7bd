"""A network that does what a test draws, and remembers what really happened: the truth that law 2 is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from typing import Any, TypeVar

from careline.channels.base import (
    LookedUp,
    Outbound,
    Outcome,
    Problem,
    Refused,
    Sent,
    Shown,
    Steps,
    Throttled,
    Unknown,
)
from careline.store.models import Account

T = TypeVar("T")


class Killed(BaseException):
    """The worker's process is gone: nothing may catch this and carry on."""


class Send(Enum):
    """What becomes of one attempt to send. The first half has no effect at the network, the second half has."""

    THROTTLED = auto()
    REFUSED = auto()
    DUPLICATE = auto()
    REFUSED_FOR_NOW = auto()
    LOST = auto()
    SERVER_ERROR = auto()
    KILLED_BEFORE = auto()
    SENT = auto()
    LOST_AFTER = auto()
    SERVER_ERROR_AFTER = auto()
    KILLED_AFTER = auto()


#: What happens although the desk hears nothing good of it.
EFFECTIVE = frozenset({Send.SENT, Send.LOST_AFTER, Send.SERVER_ERROR_AFTER, Send.KILLED_AFTER})


class Look(Enum):
    """What becomes of one look."""

    WHOLE = auto()
    PARTIAL = auto()
    BROKEN = auto()
    THROTTLED = auto()
    KILLED = auto()


@dataclass(frozen=True, slots=True)
class Effect:
    """One message that the network really has. `visible_ms`: when it begins to show."""

    network_id: str
    message: Outbound
    created_ms: int
    visible_ms: int


@dataclass(slots=True)
class FakeX:
    """Both a channel and its `perform`. `fate` and `sight` say what happens next; `now` is the shared clock."""

    now: Callable[[], int]
    fate: Send = Send.SENT
    late_ms: int = 0
    sight: Look = Look.WHOLE
    effects: list[Effect] = field(default_factory=list)
    sends: list[Outbound] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(900_000))
    name: str = "x"

    def perform(self, _account: Account, steps: Steps[T]) -> T:
        """Run the steps, which need no calls here."""
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        raise AssertionError("these steps make no calls")

    def send(self, message: Outbound, now_ms: int) -> Steps[Outcome]:
        """Do what `fate` says."""
        yield from ()
        self.sends.append(message)
        fate, now_ms = self.fate, self.now()
        if fate is Send.KILLED_BEFORE:
            raise Killed
        if fate in EFFECTIVE:
            network_id = str(next(self.numbers))
            self.effects.append(Effect(network_id, message, now_ms, now_ms + self.late_ms))
            if fate is Send.SENT:
                return Sent(network_id)
            if fate is Send.KILLED_AFTER:
                raise Killed
        answers: dict[Send, Outcome] = {
            Send.THROTTLED: Throttled(now_ms + 300_000),
            Send.REFUSED: Refused(permanent=True, reason="refused", detail="You are not permitted."),
            Send.DUPLICATE: Refused(permanent=True, reason="duplicate", detail="Duplicate content."),
            Send.REFUSED_FOR_NOW: Refused(permanent=False, reason="unreachable", detail="Connection refused"),
        }
        return answers.get(fate, Unknown("nothing came", answered="SERVER" in fate.name))

    def look_up(self, message: Outbound, since_ms: int, now_ms: int) -> Steps[LookedUp | Throttled | Problem]:
        """Show what is visible, as far as `sight` lets."""
        yield from ()
        now_ms = self.now()
        if self.sight is Look.KILLED:
            raise Killed
        if self.sight is Look.BROKEN:
            return Problem("scope", "You may not look.")
        if self.sight is Look.THROTTLED:
            return Throttled(now_ms + 60_000)
        if self.sight is Look.PARTIAL:
            return LookedUp((), complete=False)
        seen = [one for one in self.effects if one.visible_ms <= now_ms and one.created_ms >= since_ms]
        alike = [one for one in seen if _addressed_alike(one.message, message)]
        shown = tuple(Shown(one.network_id, one.message.text, one.created_ms) for one in alike)
        return LookedUp(shown, complete=True)


def _addressed_alike(one: Outbound, other: Outbound) -> bool:
    mine = (one.kind, one.account_network_id, one.recipient_id, one.reply_to_id)
    return mine == (other.kind, other.account_network_id, other.recipient_id, other.reply_to_id)
