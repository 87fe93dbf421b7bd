"""A state file of an earlier version is brought up to this one, with what it holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from careline_sandbox.world import World, media, people, pieces, schema


def test_a_file_that_saw_only_the_first_step_gets_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    old = sqlite3.connect(path)
    old.executescript(f"{schema._STEPS[0]} PRAGMA user_version=1;")
    people.add(old, "jana", person_id=1, at_ms=0)
    old.execute("INSERT INTO media VALUES (5, '3_5', 1, 'tweet_image', 'image/png', 3, 2, 'r', X'8950', 99)")
    old.execute("INSERT INTO media_owners VALUES (5, 1)")
    old.commit()
    old.close()
    world = World.connect(str(path))
    with world.read() as connection:
        assert people.get(connection, 1) is not None
        assert media.content(connection, 5) == ("image/png", b"\x89P")
        assert pieces.of(connection, 5).size == 2
        assert media.usable_by(connection, 5, 1, now_ms=98)
        assert connection.execute("SELECT count(*) FROM reports").fetchone()[0] == 0
        assert connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION
    world.close()
