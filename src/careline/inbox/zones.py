"""The time zones to choose from, by region, each with the time that its clocks show now."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

#: The rest are old names, or clocks that no town keeps.
_REGIONS = frozenset({
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Zone:
    """`name` is what is kept, `town` what is read, `clock` the time there."""

    name: str
    town: str
    clock: str


def by_region(now_ms: int, chosen: str = "") -> list[tuple[str, list[Zone]]]:
    """All zones, and the one that was chosen even if it is no longer offered."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    names = _names() if chosen in _names() or chosen not in available_timezones() else (*_names(), chosen)
    zones = [Zone(name, _town(name), f"{now.astimezone(ZoneInfo(name)):%H:%M}") for name in sorted(names)]
    return [(region, list(many)) for region, many in groupby(zones, lambda zone: zone.name.partition("/")[0])]


def is_zone(name: str) -> bool:
    """Whether there is such a zone."""
    return name in available_timezones()


@functools.cache
def _names() -> tuple[str, ...]:
    return (*(name for name in available_timezones() if name.partition("/")[0] in _REGIONS), "UTC")


def _town(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ") or name
