"""Backup and restore on both engines: what was there is there again, the key stays apart, the log gets a new name."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from careline.engines.log_sqlite import SqliteEventLog
from support.install import Install
from support.processes import wait_until

MESSAGES = 5


def epoch(install: Install) -> str:
    log = SqliteEventLog(install.state / "intake.db")
    try:
        return log.epoch()
    finally:
        log.close()


def fill(install: Install) -> Install:
    """Let the demo's messages come in, then stop."""
    process, output = install.start("up", "--quiet")
    install.wait_for(output, "Ctrl-C stops everything.")
    wait_until(lambda: len(install.dump()["messages"]) >= MESSAGES, within=30)
    process.terminate()
    assert process.wait(20) == 0
    return install


@pytest.fixture(scope="module")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    install = Install(tmp_path_factory.mktemp("filled"))
    try:
        return fill(install).state
    finally:
        install.close()


@pytest.fixture
def demo(install: Install, _filled: Path) -> Install:
    """A stopped install with the demo's messages in it."""
    shutil.copytree(_filled, install.state, ignore=shutil.ignore_patterns("*.sock"))
    return install


def test_a_backup_restores_what_was_there(demo: Install, tmp_path: Path) -> None:
    before, old_epoch = demo.dump(), epoch(demo)
    folder = tmp_path / "kept"
    demo.run("backup", "--to", str(folder))
    assert not list(folder.rglob("*keys*"))
    (demo.state / "desk.db").write_bytes(b"ruined")
    shutil.rmtree(demo.state / "blobs")
    said = demo.run("restore", str(folder)).stdout
    assert "Restored." in said
    assert demo.dump() == before
    assert epoch(demo) != old_epoch
    kept = Path(said.split("What was here before: ")[1].splitlines()[0])
    assert (kept / "desk.db").read_bytes() == b"ruined"


def test_the_restored_log_gives_the_same_desk_again(demo: Install, tmp_path: Path) -> None:
    """law_1: what was acknowledged after the desk was copied is read again, and what comes twice changes nothing."""
    before = demo.dump()
    demo.run("backup", "--to", str(tmp_path / "kept"))
    demo.run("restore", str(tmp_path / "kept"))
    process, output = demo.start("run", "--role", "worker")
    demo.wait_for(output, "worker_ready")
    wait_until(lambda: _cursor_epoch(demo) == epoch(demo), within=30, what="the pump did not notice the new log")
    process.terminate()
    process.wait(10)
    assert demo.dump() == before
    demo.run("replay", "--workspace", "demo")
    assert demo.dump() == before


def _cursor_epoch(install: Install) -> str:
    with closing(sqlite3.connect(install.state / "desk.db")) as desk:
        return str(desk.execute("SELECT epoch FROM store_cursor").fetchone()[0])


def test_a_backup_is_made_while_everything_runs(install: Install, tmp_path: Path) -> None:
    process, output = install.start("up", "--quiet")
    install.wait_for(output, "Ctrl-C stops everything.")
    wait_until(lambda: len(install.dump()["messages"]) >= MESSAGES, within=30)
    for number in range(50):
        httpx.post(
            f"{install.sandbox}/_sandbox/posts",
            json={"author": "jana_example", "text": f"@acme_example question number {number}"},
            trust_env=False,
        )
    install.run("backup", "--to", str(tmp_path / "kept"))
    process.terminate()
    process.wait(20)
    manifest = json.loads((tmp_path / "kept" / "backup.json").read_text())
    assert manifest["desk"] == manifest["log"] == "sqlite"
    with (
        closing(sqlite3.connect(tmp_path / "kept" / "desk.db")) as desk,
        closing(sqlite3.connect(tmp_path / "kept" / "intake.db")) as log,
    ):
        read = desk.execute("SELECT seq FROM store_cursor").fetchone()[0]
        assert log.execute("SELECT max(seq) FROM event").fetchone()[0] >= read
        assert desk.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_restore_without_the_key_is_refused_and_another_key_is_said_so(demo: Install, tmp_path: Path) -> None:
    demo.run("backup", "--to", str(tmp_path / "kept"))
    other = Install(tmp_path / "elsewhere")
    other._folder.mkdir()
    assert "Put the key file back first" in other.run("restore", str(tmp_path / "kept"), status=1).stderr
    assert not (other.state / "desk.db").exists()
    third = Install(tmp_path / "third")
    third._folder.mkdir()
    third.run("migrate")
    said = other.run("restore", str(tmp_path / "kept"), "--key", str(third.state / "keys")).stdout
    assert "Restored, but: The secrets in this database were written with another key" in said
    shutil.rmtree(other.state)
    assert "Restored." in other.run("restore", str(tmp_path / "kept"), "--key", str(demo.state / "keys")).stdout
    assert other.dump() == demo.dump()


def test_a_restore_that_fails_half_way_leaves_what_was_there(demo: Install, tmp_path: Path) -> None:
    before = demo.dump()
    demo.run("backup", "--to", str(tmp_path / "kept"))
    (tmp_path / "kept" / "intake.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    refused = demo.run("restore", str(tmp_path / "kept"), status=1)
    assert "is damaged" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert demo.dump() == before


def test_nothing_is_restored_beside_running_processes(install: Install, tmp_path: Path) -> None:
    install.run("migrate")
    install.run("backup", "--to", str(tmp_path / "kept"))
    _, output = install.start("run", "--role", "worker")
    install.wait_for(output, "worker_ready")
    assert "stop it first" in install.run("restore", str(tmp_path / "kept"), status=1).stderr


def test_a_folder_that_is_no_backup_is_said_so(install: Install, tmp_path: Path) -> None:
    install.run("migrate")
    assert "is no backup" in install.run("restore", str(tmp_path), status=1).stderr


def test_a_backup_comes_before_a_migration(install: Install) -> None:
    install.run("migrate")
    with closing(sqlite3.connect(install.state / "desk.db")) as desk:
        # As if the last migration were newer than this database: the tables are there, the record is not.
        desk.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        desk.execute("DROP TABLE django_session")
        desk.commit()
    said = install.run("migrate").stdout
    kept = Path(said.split("as it was before: ")[1].splitlines()[0])
    with closing(sqlite3.connect(kept / "desk.db")) as desk:
        assert not desk.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_session'").fetchone()
    assert "before migration" in (kept / "backup.json").read_text()


@pytest.mark.postgres
def test_postgresql_is_backed_up_and_restored_whole(install: Install, tmp_path: Path, postgres_url: str) -> None:
    install.env |= {"CARELINE_DATABASE": postgres_url, "CARELINE_LOG": postgres_url}
    fill(install)
    before = install.dump()
    install.run("backup", "--to", str(tmp_path / "kept"))
    install.run("user", "add", "late@example.org", "--workspace", "demo")
    assert "Restored." in install.run("restore", str(tmp_path / "kept")).stdout
    assert install.dump() == before
    assert "Nobody here has the address" in install.run("user", "password", "late@example.org", status=1).stderr
