"""What becomes of invitations from public to private: how many are taken, how soon, and how many end well."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
One = TypeVar("One", bound="Invited")


class Step(StrEnum):
    """How far an invitation has come; each step holds all that come after it."""

    OFFERED = "offered"
    ARRIVED = "arrived"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Invited:
    """One invitation that the network took at `offered_ms`; `arrived_ms`: when the customer wrote privately, or None.

    `solved`: its conversation is resolved, as one that was answered.
    """

    offered_ms: int
    arrived_ms: int | None = None
    solved: bool = False

    def reached(self, step: Step) -> bool:
        """Whether it has come as far as `step`."""
        arrived = self.arrived_ms is not None
        return step is Step.OFFERED or (arrived and (step is Step.ARRIVED or self.solved))


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts, and the time to arrival (ms) within which half, and nine of ten, of those that arrived did so."""

    offered: int
    arrived: int
    solved: int
    half_ms: int | None
    most_ms: int | None

    @property
    def taken(self) -> float | None:
        """The share of invitations that were taken, 0 to 1; None of none."""
        return self.arrived / self.offered if self.offered else None


def funnel(invited: Iterable[Invited]) -> Funnel:
    """Count them."""
    found = list(invited)
    waits = sorted(max(one.arrived_ms - one.offered_ms, 0) for one in found if one.arrived_ms is not None)
    return Funnel(
        offered=len(found),
        arrived=len(waits),
        solved=sum(one.reached(Step.SOLVED) for one in found),
        half_ms=percentile(waits, 50),
        most_ms=percentile(waits, 90),
    )


def by(key: Callable[[One], K], invited: Iterable[One]) -> dict[K, Funnel]:
    """A funnel for each value of `key`, those with most invitations first."""
    groups: dict[K, list[One]] = {}
    for one in invited:
        groups.setdefault(key(one), []).append(one)
    return {name: funnel(group) for name, group in sorted(groups.items(), key=lambda item: -len(item[1]))}


def percentile(rising: list[int], percent: int) -> int | None:
    """The nearest-rank percentile of values in rising order: one of them, never between two. None of none."""
    return rising[max(ceil(len(rising) * percent / 100), 1) - 1] if rising else None
