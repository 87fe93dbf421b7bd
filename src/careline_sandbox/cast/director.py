"""Who comes on, and when: opens stories, asks each what comes next, and stops opening when the brand has enough to do.

All of its memory is in the world's file, in the transaction of what was done, so a killed process goes on without doing
anything twice. Time is the sandbox's clock alone.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from careline_sandbox.cast import past
from careline_sandbox.cast.characters import BY_NAME, CHARACTERS, CHORUS, EARLIER, SHARER, Deed
from careline_sandbox.cast.lines import LANGUAGES, names
from careline_sandbox.cast.stage import Stage
from careline_sandbox.cast.story import Story, character_of, chorus_due_ms, done, react, spoken, step_of
from careline_sandbox.local_x import LocalX
from careline_sandbox.wire.errors import Problem
from careline_sandbox.world import people, settings

#: People at most whom the brand has not reacted to before another one comes on; who has waited for longer than
#: `_FORGOTTEN_S` no longer counts, so that a demo left alone gets a few new ones now and then and is never flooded.
MOST_OPEN = 14
_FORGOTTEN_S = 2 * 3600
#: What one look does at most.
_MOST_AT_ONCE = 20
#: The first three come within half a minute; then one in each such span (seconds at speed 1).
_FIRST_S = (2.0, 9.0, 18.0)
_SPAN_S = (35.0, 80.0)
INVENTED = "Invented for the demo of Careline."


@dataclass(frozen=True, slots=True)
class Bill:
    """What is set: whom they write to, how fast, whether they do, and the seed of all chances."""

    brand: str = ""
    speed: float = 1.0
    paused: bool = False
    seed: int = 1


def bill(connection: sqlite3.Connection) -> Bill:
    """As it was left."""
    return Bill(**settings.get(connection, "cast"))


def set_bill(connection: sqlite3.Connection, wanted: Bill) -> None:
    """Keep it. Raises ValueError for a speed that is none."""
    if not 0 < wanted.speed <= 1000:
        raise ValueError("speed is a number above 0 and at most 1000")
    kept = {"brand": wanted.brand, "speed": wanted.speed, "paused": wanted.paused, "seed": wanted.seed}
    settings.put(connection, "cast", kept)


def look(local_x: LocalX) -> int:
    """Do what is due now, in the order of its time; how many things were done.

    Everything happens at the time for which it was meant, so that it does not matter how often somebody looks. Only
    what should have been long ago (the local X was off, or the cast paused) happens now instead.
    """
    now_ms = local_x.clock.now_ms()
    with local_x.world.read() as connection:
        on = bill(connection)
        if on.paused or not on.brand or people.by_username(connection, on.brand) is None:
            return 0
        changed = _decisions(_stage(connection, local_x, on), on, now_ms, _late_ms(local_x))
    if changed:
        with local_x.world.write() as tx:
            for story in changed:
                _keep(tx, story)
    return sum(1 for _ in islice(iter(lambda: _next(local_x, on, now_ms), False), _MOST_AT_ONCE))


def _decisions(stage: Stage, on: Bill, now_ms: int, late_ms: int) -> list[Story]:
    """Those who know now what they do next."""
    undecided = [one for one in stories(stage.connection) if one.due_ms is None]
    both = [(one, react(on.seed, one, stage.heard(one), now_ms, on.speed, late_ms=late_ms)) for one in undecided]
    return [after for before, after in both if after != before]


def _next(local_x: LocalX, on: Bill, now_ms: int) -> bool:
    """Do the one thing that is due first; whether there was any. A refusal costs nobody else's turn."""
    with local_x.world.read() as connection:
        due = _first_due(connection, now_ms)
        slot_ms = _slot_ms(connection)
    if slot_ms is not None and slot_ms > now_ms and due is None:
        return False
    with local_x.world.write() as tx:
        stage = _stage(tx, local_x, on)
        if slot_ms is None:
            _begin(stage, on, now_ms)
        elif due is not None and due.due_ms is not None and due.due_ms <= slot_ms:
            at_ms = due.due_ms if now_ms - due.due_ms <= _late_ms(local_x) else now_ms
            after = _take(tx, stage, on, replace(due, due_ms=at_ms))
            _keep(tx, react(on.seed, after, stage.heard(after), now_ms, on.speed, late_ms=_late_ms(local_x)))
        else:
            _open(tx, stage, on, slot_ms if now_ms - slot_ms <= _late_ms(local_x) else now_ms)
    return True


def _late_ms(local_x: LocalX) -> int:
    """A minute, and more where the clock runs fast: a busy machine may look ten seconds late."""
    return 60_000 + int(10_000 * local_x.clock.rate)


def _take(tx: sqlite3.Connection, stage: Stage, on: Bill, story: Story) -> Story:
    """Take the step that is due. What X refuses is obeyed: the story ends there."""
    assert story.due_ms is not None
    step, me = step_of(story), stage.who(story.person_id)
    joins = story.character in (CHORUS.name, SHARER.name) and story.step == "open"
    key = _chorus_line(tx, story) if joins else step.line
    text = spoken(on.seed, story, brand=on.brand, me=me["username"], key=key) if key else ""
    tx.execute("SAVEPOINT step")
    try:
        made = stage.act(story, step, text, story.due_ms)
    except Problem as problem:
        tx.execute("ROLLBACK TO step")
        logging.getLogger("careline_sandbox").info("cast: %s refused (%s)", story.character, problem.status)
        return replace(story, due_ms=None, ended=True)
    after = done(story, story.due_ms)
    if step.deed is Deed.EDIT:
        after = replace(after, post_id=made)
    if story.step == "open" and step.deed in (Deed.POST, Deed.QUOTE):
        after = replace(after, post_id=made)
        _call_chorus(tx, stage, on, after)
    return after


def _open(tx: sqlite3.Connection, stage: Stage, on: Bill, at_ms: int) -> None:
    """Let the next one come on, unless the brand is swamped: then nobody does until the next slot."""
    opened = int(tx.execute("SELECT opened FROM cast_state").fetchone()[0])
    span = _span_s(on, opened, at_ms)
    if unheard(tx, on, at_ms) < MOST_OPEN:
        _new_story(tx, stage, on, opened, at_ms)
        opened += 1
        span = _FIRST_S[opened] - _FIRST_S[opened - 1] if opened < len(_FIRST_S) else span
    tx.execute("UPDATE cast_state SET opened = ?, next_ms = ?", (opened, at_ms + int(span * 1000 / on.speed)))


def _span_s(on: Bill, opened: int, at_ms: int) -> float:
    return _luck(on, f"span {opened} {at_ms}").uniform(*_SPAN_S)


def _slot_ms(connection: sqlite3.Connection) -> int | None:
    """When the next one may come on; None before the first look."""
    row = connection.execute("SELECT next_ms FROM cast_state").fetchone()
    return None if row is None else int(row["next_ms"])


def unheard(connection: sqlite3.Connection, on: Bill, now_ms: int) -> int:
    """How many wait for a first reaction; who expects none (spam) is not among them."""
    since_ms = now_ms - int(_FORGOTTEN_S * 1000 / on.speed)
    expecting = [one.name for one in CHARACTERS if one.steps["open"].then]
    marks = ",".join("?" * len(expecting))
    sql = f"SELECT count(*) FROM stories WHERE heard = 0 AND since_ms > ? AND character IN ({marks})"  # noqa: S608
    return int(connection.execute(sql, (since_ms, *expecting)).fetchone()[0])


def _begin(stage: Stage, on: Bill, now_ms: int) -> None:
    """The first look: what was before, and when the first one comes."""
    for person_id, language, post_id in past.play(stage, now_ms):
        story = _insert(stage.connection, EARLIER.name, language, person_id, now_ms, post_id, now_ms)
        _keep(stage.connection, done(story, now_ms))
    stage.connection.execute("INSERT INTO cast_state VALUES (0, ?)", (now_ms + int(_FIRST_S[0] * 1000 / on.speed),))


def _new_story(tx: sqlite3.Connection, stage: Stage, on: Bill, number: int, now_ms: int) -> None:
    character = _order(on)[number % len(_order(on))]
    language = list(LANGUAGES)[number % len(LANGUAGES)]
    person_id = _somebody(stage, on, language, f"story {number}", now_ms)
    _insert(tx, character, language, person_id, now_ms, None, now_ms)


def _call_chorus(tx: sqlite3.Connection, stage: Stage, on: Bill, first: Story) -> None:
    """Those who join the first post, each with a story of their own."""
    for number in range(character_of(first).chorus):
        role = SHARER if character_of(first).spreads and number % 2 else CHORUS
        due_ms = chorus_due_ms(on.seed, first, number, first.since_ms, on.speed)
        person_id = _somebody(stage, on, first.language, f"chorus {first.id} {number}", first.since_ms)
        _insert(tx, role.name, first.language, person_id, due_ms, first.post_id, first.since_ms)


def _chorus_line(tx: sqlite3.Connection, story: Story) -> str:
    row = tx.execute(
        "SELECT character FROM stories WHERE post_id = ? AND character NOT IN (?, ?)",
        (story.post_id, CHORUS.name, SHARER.name),
    ).fetchone()
    return BY_NAME[row["character"]].chorus_line


def _somebody(stage: Stage, on: Bill, language: str, purpose: str, at_ms: int) -> int:
    name = _luck(on, purpose).choice(names(language))
    return stage.person(name.lower(), name=f"{name} (example)", description=INVENTED, at_ms=at_ms)


def _order(on: Bill) -> list[str]:
    """The characters as they come, each as often as its weight, in an order of the seed's; calm ones first."""
    rest = [one.name for one in CHARACTERS for _ in range(one.weight)]
    _luck(on, "order").shuffle(rest)
    first = ["lost_parcel", "fan", "double_charge"]
    for name in first:
        rest.remove(name)
    return first + rest


def _luck(on: Bill, purpose: str) -> Random:
    return Random(f"{on.seed}/{purpose}")  # noqa: S311 - repeatable on purpose


def _stage(connection: sqlite3.Connection, local_x: LocalX, on: Bill) -> Stage:
    brand = people.by_username(connection, on.brand)
    assert brand is not None
    return Stage(connection, local_x.ids, brand)


_COLUMNS = "id, character, language, person_id, step, due_ms, since_ms, seen_ms, post_id, ended, heard"


def stories(connection: sqlite3.Connection) -> list[Story]:
    """Who is on just now, in the order in which they came."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM stories WHERE ended = 0 ORDER BY id")  # noqa: S608
    return [_story(row) for row in rows]


def _first_due(connection: sqlite3.Connection, now_ms: int) -> Story | None:
    sql = f"SELECT {_COLUMNS} FROM stories WHERE ended = 0 AND due_ms <= ? ORDER BY due_ms, id LIMIT 1"  # noqa: S608
    row = connection.execute(sql, (now_ms,)).fetchone()
    return None if row is None else _story(row)


def _story(row: sqlite3.Row) -> Story:
    return Story(**{**dict(row), "ended": bool(row["ended"]), "heard": bool(row["heard"])})


def _insert(
    tx: sqlite3.Connection, character: str, language: str, person_id: int, due_ms: int, post_id: int | None, at_ms: int
) -> Story:
    values = (character, language, person_id, "open", due_ms, at_ms, at_ms, post_id)
    made = tx.execute(
        "INSERT INTO stories (character, language, person_id, step, due_ms, since_ms, seen_ms, post_id, ended, heard)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
        values,
    )
    return Story(int(made.lastrowid or 0), *values)


def _keep(tx: sqlite3.Connection, story: Story) -> None:
    tx.execute(
        "UPDATE stories SET step = ?, due_ms = ?, since_ms = ?, seen_ms = ?, post_id = ?, ended = ?, heard = ?"
        " WHERE id = ?",
        (
            *(story.step, story.due_ms, story.since_ms, story.seen_ms, story.post_id),
            *(int(story.ended), int(story.heard), story.id),
        ),
    )
