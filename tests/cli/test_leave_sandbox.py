"""Leaving the sandbox, as an operator does: nothing of it is left in any file, and nobody else notices."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from careline.engines.blobs_disk import DiskBlobs
from support.install import Install
from support.processes import wait_until

READY = "Ctrl-C stops everything."
SANDBOX = "SELECT id FROM store_workspace WHERE sandbox"


@pytest.fixture(scope="module")
def _played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    install = Install(tmp_path_factory.mktemp("played"))
    try:
        return played(install).state
    finally:
        install.close()


@pytest.fixture
def demo(install: Install, _played: Path) -> Install:
    """A stopped install with a demo that was played in, and a workspace for real work beside it."""
    shutil.copytree(_played, install.state, ignore=shutil.ignore_patterns("*.sock"))
    return install


def played(install: Install) -> Install:
    process, output = install.start("up", "--cast-speed", "20")
    install.wait_for(output, READY)
    install.sign_in(**json.loads((install.state / "sign-in.json").read_text()))
    install.run("user", "add", "ana@example.org", "--workspace", "work", "--new-workspace", "Work", "--role", "admin")
    wait_until(lambda: rows(install, "SELECT count(*) FROM store_message")[0][0] >= 12, within=40)
    process.terminate()
    assert process.wait(20) == 0
    (workspace_id,) = rows(install, SANDBOX)[0]
    DiskBlobs(install.state / "blobs").put(workspace_id, b"a picture of acme_example")
    return install


def rows(install: Install, sql: str) -> list[tuple[Any, ...]]:
    url = install.env.get("CARELINE_DATABASE")
    if url:
        with psycopg.connect(url) as connection:
            return connection.execute(sql).fetchall()
    with closing(sqlite3.connect(install.state / "desk.db")) as desk:
        return desk.execute(sql).fetchall()


def names(install: Install) -> set[str]:
    """What only the demo is called, ids and all."""
    asked = (
        SANDBOX,
        "SELECT id, network_id, handle FROM store_account",
        "SELECT id FROM store_app",
        "SELECT id, network_id, handle FROM store_identity",
        "SELECT id, network_id FROM store_message",
        "SELECT id, email FROM store_user WHERE email LIKE '%demo.example'",
    )
    return {str(value) for sql in asked for row in rows(install, sql) for value in row if value is not None}


def cells(state: Path) -> Iterator[str]:
    """Every value in every table of every SQLite file."""
    for file in sorted(state.rglob("*.db")):
        with closing(sqlite3.connect(file)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    yield from map(str, row)


def traces(install: Install, wanted: set[str]) -> set[str]:
    """Which of the names are left: in a table, in the bytes of a file (freed pages, too), in what a file is called."""
    found = {name for name in wanted for cell in cells(install.state) if name in cell}
    for path in install.state.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        found |= {name for name in wanted if name.encode() in data or name in path.name}
    return found


def test_no_file_no_table_and_no_picture_holds_a_trace(demo: Install) -> None:
    wanted, other = names(demo), demo.dump("work")
    assert {"acme_example", "you@demo.example"} <= traces(demo, wanted)
    said = demo.run("leave-sandbox", "--yes").stdout
    assert "The sandbox is gone" in said
    assert traces(demo, wanted) == set()
    assert not list(demo.state.glob("sandbox.db*"))
    assert demo.dump("work") == other
    assert rows(demo, "SELECT email FROM store_user") == [("ana@example.org",)]
    assert rows(demo, "SELECT count(*) FROM django_session") == [(0,)]
    assert "nothing to leave" in demo.run("leave-sandbox", "--yes").stdout


def test_first_it_says_what_would_go_and_does_nothing(demo: Install) -> None:
    before, files = demo.dump(), {path for path in demo.state.rglob("*") if path.suffix != ".sock"}
    said = demo.run("leave-sandbox", "--dry-run").stdout
    assert f"messages {len(before['messages'])}" in said
    assert "copies of pictures: 1" in said
    assert "you@demo.example" in said
    assert "Other workspaces stay exactly as they are: Work." in said
    asked = demo.run("leave-sandbox", status=130)
    assert "for good?" in asked.stdout
    assert demo.dump() == before
    assert files <= set(demo.state.rglob("*"))


def test_not_while_it_runs(install: Install) -> None:
    _, output = install.start("up", "--quiet")
    install.wait_for(output, READY)
    assert "stop it first" in install.run("leave-sandbox", "--yes", status=1).stderr
    assert install.serves()


def test_what_was_left_stays_away_until_it_is_asked_for(demo: Install) -> None:
    demo.run("leave-sandbox", "--yes")
    process, output = demo.start("up")
    said = demo.wait_for(output, READY)
    assert "up --demo" in said
    assert demo.sandbox not in said
    assert rows(demo, SANDBOX) == []
    process.terminate()
    assert process.wait(20) == 0
    assert "nothing to leave" in demo.run("leave-sandbox", "--yes").stdout
    _, output = demo.start("up", "--quiet", "--demo")
    demo.wait_for(output, READY)
    browser = demo.sign_in(**json.loads((demo.state / "sign-in.json").read_text()))
    wait_until(lambda: "jana_example" in browser.get("/demo/open/").text, within=30)


def test_older_copies_are_named_and_left_alone(demo: Install) -> None:
    kept = Path(demo.run("backup").stdout.split("Backup: ")[1].splitlines()[0])
    assert str(demo.state / "backups") in demo.run("leave-sandbox", "--yes").stdout
    assert (kept / "desk.db").exists()


@pytest.mark.postgres
def test_postgresql_holds_no_row_of_it(install: Install, postgres_url: str) -> None:
    install.env |= {"CARELINE_DATABASE": postgres_url, "CARELINE_LOG": postgres_url}
    played(install)
    wanted, other = names(install), install.dump("work")
    install.run("leave-sandbox", "--yes")
    listed = rows(install, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    left = [str(row) for (table,) in listed for row in rows(install, f'SELECT * FROM "{table}"')]
    assert {name for name in wanted for row in left if name in row} == set()
    assert rows(install, "SELECT count(*) FROM raw_event") == [(0,)]
    assert traces(install, wanted) == set()
    assert install.dump("work") == other
