"""A stretch of a conversation as a page tells it: by days, messages and decisions in one order of time.

Where what everyone can read ends and what only two can read begins, and back, the story says so in words (law 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from careline.domain.words import Audience, Direction, Kind
from careline.inbox import events, fares, times
from careline.store.queries.timeline import Event, Line, Person, Stretch

#: A message this soon after one of the same sender to the same ears needs no name of its own.
_TOGETHER_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with how it fares, or (`line` None) a decision told as `text`.

    `turn`: who can read what follows, where that changes here, else "". `seen_ms`: by when the customer had read it,
    on the last message of ours that they have read.
    """

    at_ms: int
    text: str = ""
    line: Line | None = None
    fare: fares.Fare | None = None
    continues: bool = False
    turn: str = ""
    seen_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day of the reader's."""

    label: str
    entries: tuple[Entry, ...]


def tell(stretch: Stretch, now_ms: int, names: Mapping[str, str], people: Iterable[Person] = ()) -> list[Day]:
    """Days, oldest first. `names`: see `events.sentence`; `people`: the customer's identities."""
    seen = _seen(stretch.lines, people)
    entries = sorted([*_said(stretch, now_ms, seen), *_done(stretch.events, names)], key=lambda entry: entry.at_ms)
    days = groupby(_joined(entries), key=lambda entry: times.local(entry.at_ms).date())
    return [Day(times.day((group := tuple(found))[0].at_ms, now_ms), group) for _date, found in days]


def _said(stretch: Stretch, now_ms: int, seen: Mapping[int, int]) -> Iterator[Entry]:
    for line in stretch.lines:
        yield Entry(at_ms=line.created_ms, line=line, fare=fares.fare(line, now_ms), seen_ms=seen.get(line.id))


def _seen(lines: Iterable[Line], people: Iterable[Person]) -> dict[int, int]:
    """By account of ours, the last of its private messages that the customer has read, and when that was so."""
    read = {one.id: one.read_ms for one in people}
    last: dict[tuple[int | None, int | None], tuple[int, int]] = {}
    for line in lines:
        at_ms = read.get(line.identity_id or 0, {}).get(line.account_network_id or "", 0)
        if line.direction is Direction.OUT and line.kind is Kind.DM and line.created_ms <= at_ms and line.network_id:
            last[line.identity_id, line.account_id] = (line.id, at_ms)
    return dict(last.values())


def _done(decisions: tuple[Event, ...], names: Mapping[str, str]) -> Iterator[Entry]:
    for event in decisions:
        if text := events.sentence(event, names):
            yield Entry(at_ms=event.at_ms, text=text)


def _joined(entries: list[Entry]) -> Iterator[Entry]:
    """Mark what goes on from the entry before, and where the audience turns; notes turn nothing."""
    before: Entry | None = None
    audience = ""
    for entry in entries:
        turn = ""
        if entry.line is not None and entry.line.audience is not Audience.INTERNAL:
            turn = entry.line.audience if audience and entry.line.audience != audience else ""
            audience = entry.line.audience
        goes_on = before is not None and not turn and _goes_on(before, entry)
        yield replace(entry, continues=goes_on, turn=turn)
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
