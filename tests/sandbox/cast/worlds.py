"""Worlds with a cast and a clock that is moved by hand."""

from __future__ import annotations

from careline_sandbox.cast import director
from careline_sandbox.cast.director import Bill
from careline_sandbox.local_x import LocalX, assemble
from careline_sandbox.world import World, people

START_MS = 1_790_000_000_000
BRAND = "acme_example"


class Hand:
    """A clock that is moved by hand."""

    rate = 1.0

    def __init__(self) -> None:
        self.at_ms = START_MS

    def now_ms(self) -> int:
        return self.at_ms


def make(hand: Hand, *, seed: int = 1, path: str = ":memory:", speed: float = 1.0) -> LocalX:
    local_x = assemble(World.connect(path), hand)  # type: ignore[arg-type]
    with local_x.world.write() as tx:
        if people.by_username(tx, BRAND) is None:
            people.add(tx, BRAND, person_id=local_x.ids.mint(hand.now_ms()), at_ms=hand.now_ms(), name="ACME (example)")
        director.set_bill(tx, Bill(brand=BRAND, seed=seed, speed=speed))
    return local_x


def run(local_x: LocalX, hand: Hand, seconds: float, step_s: float = 1.0) -> None:
    for _ in range(int(seconds / step_s)):
        hand.at_ms += int(step_s * 1000)
        director.look(local_x)


def rows(local_x: LocalX, sql: str, *values: object) -> list[tuple]:
    with local_x.world.read() as connection:
        return [tuple(row) for row in connection.execute(sql, values)]


def everything(local_x: LocalX) -> list[list[tuple]]:
    """All that can be seen of a world, ids and times and all."""
    return [
        rows(local_x, "SELECT id, username, name, created_at_ms FROM people ORDER BY id"),
        rows(
            local_x, "SELECT id, author_id, text, in_reply_to_id, created_at_ms, deleted_at_ms FROM posts ORDER BY id"
        ),
        rows(local_x, "SELECT id, sender_id, text, media_id, created_at_ms FROM dms ORDER BY id"),
        rows(local_x, "SELECT seq, at_ms, kind, actor_id, subject_id FROM happenings ORDER BY seq"),
    ]
