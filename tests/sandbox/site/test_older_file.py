"""A state file of an earlier version is brought up to this one, with what it holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from careline_sandbox.world import World, people, schema


def test_a_file_that_saw_only_the_first_step_gets_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    old = sqlite3.connect(path)
    old.executescript(f"{schema._STEPS[0]} PRAGMA user_version=1;")
    people.add(old, "jana", person_id=1, at_ms=0)
    old.commit()
    old.close()
    world = World.connect(str(path))
    with world.read() as connection:
        assert people.get(connection, 1) is not None
        assert connection.execute("SELECT count(*) FROM reports").fetchone()[0] == 0
        assert connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION
    world.close()
