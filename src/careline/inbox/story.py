"""A stretch of a conversation as a page tells it: by days, messages and decisions in one order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from careline.domain.words import Direction, Kind
from careline.inbox import events, fares, times
from careline.store.queries.timeline import Event, Line, Stretch

#: A message this soon after one of the same sender to the same ears needs no name of its own.
_TOGETHER_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with how it fares, or (`line` None) a decision told as `text`."""

    at_ms: int
    text: str = ""
    line: Line | None = None
    fare: fares.Fare | None = None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day of the reader's."""

    label: str
    entries: tuple[Entry, ...]


def tell(stretch: Stretch, now_ms: int, names: Mapping[str, str]) -> list[Day]:
    """Days, oldest first. `names`: see `events.sentence`."""
    entries = sorted([*_said(stretch, now_ms), *_done(stretch.events, names)], key=lambda entry: entry.at_ms)
    days = groupby(_joined(entries), key=lambda entry: times.local(entry.at_ms).date())
    return [Day(times.day((group := tuple(found))[0].at_ms, now_ms), group) for _date, found in days]


def _said(stretch: Stretch, now_ms: int) -> Iterator[Entry]:
    for line in stretch.lines:
        yield Entry(at_ms=line.created_ms, line=line, fare=fares.fare(line, now_ms))


def _done(decisions: tuple[Event, ...], names: Mapping[str, str]) -> Iterator[Entry]:
    for event in decisions:
        if text := events.sentence(event, names):
            yield Entry(at_ms=event.at_ms, text=text)


def _joined(entries: list[Entry]) -> Iterator[Entry]:
    """Mark what goes on from the entry before."""
    before: Entry | None = None
    for entry in entries:
        goes_on = before is not None and _goes_on(before, entry)
        yield Entry(entry.at_ms, entry.text, entry.line, entry.fare, continues=goes_on)
        before = entry


def _goes_on(before: Entry, entry: Entry) -> bool:
    if before.line is None or entry.line is None or entry.at_ms - before.at_ms > _TOGETHER_MS:
        return False
    return sender(before.line) == sender(entry.line) and before.line.audience == entry.line.audience


def sender(line: Line) -> tuple[str, ...]:
    """Who speaks, for telling one speaker from the next."""
    if line.direction == Direction.IN:
        return ("in", str(line.identity_id))
    return ("out", line.author, "" if line.kind == Kind.NOTE else str(line.account_id))
