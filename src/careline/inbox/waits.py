"""How long is long: the steps by which a waiting customer stands out in the list, and their words.

One place for the numbers; the pages hand them on to the scripts, which move a row on while it is being looked at. The
step is never told by colour alone: a later one is also heavier, carries a sign and has a word.
"""

from __future__ import annotations

from django.utils.translation import pgettext

_MINUTE_MS = 60_000
#: From when a wait counts as what, in ms, shortest first. Below the first it is "fresh".
STEPS = (("warm", 15 * _MINUTE_MS), ("long", 60 * _MINUTE_MS), ("late", 240 * _MINUTE_MS))


def step(ms: int) -> str:
    """The name of the step that a wait of this length has reached."""
    reached = [name for name, since in STEPS if ms >= since]
    return reached[-1] if reached else "fresh"


def word(name: str) -> str:
    """What is said after the length of time; "" for what needs no remark."""
    return {
        "long": pgettext("how long a customer waits", "long"),
        "late": pgettext("how long a customer waits", "very long"),
    }.get(name, "")


def limits() -> str:
    """For the scripts: "warm:900000 long:3600000 late:14400000"."""
    return " ".join(f"{name}:{since}" for name, since in STEPS)
