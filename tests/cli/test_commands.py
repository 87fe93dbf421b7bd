"""What the other commands promise: people, the doctor's status, dumps and replays, and help that a person can read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from careline.cli.main import careline
from support.install import Install


def test_a_person_gets_a_random_password_once(ready: Install) -> None:
    first = ready.run("user", "add", "Ben@Example.org", "--workspace", "acme", "--role", "observer").stdout
    assert "ben@example.org is observer in Acme" in first
    assert len(first.split("Password: ")[1].strip()) >= 20
    again = ready.run("user", "add", "ben@example.org", "--workspace", "acme", "--role", "lead").stdout
    assert "ben@example.org is lead in Acme" in again
    assert "Password" not in again
    with closing(sqlite3.connect(ready.state / "desk.db")) as desk:
        assert desk.execute("SELECT count(*) FROM store_membership").fetchone()[0] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-address", "--workspace", "acme"], "is no e-mail address"),
        (["ben@example.org", "--workspace", "nowhere"], "There is no workspace 'nowhere' (there are: acme)"),
        (["ben@example.org", "--workspace", "a b", "--new-workspace", "AB"], "is no short name"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(ready: Install, arguments: list[str], says: str) -> None:
    refused = ready.run("user", "add", *arguments, status=1)
    assert says in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_the_doctor_says_what_is_owed_and_ends_with_1(ready: Install) -> None:
    said = ready.run("doctor", status=1).stdout
    assert "The worker process does not run" in said
    assert "Start it: ./up, or careline run." in said
    assert "No account is connected" in said


def test_the_doctor_notices_a_wrong_key_and_open_doors(ready: Install) -> None:
    (ready.state / "desk.db").chmod(0o644)
    said = ready.run("doctor", status=1).stdout
    assert f"chmod 600 {ready.state}/desk.db" in said
    (ready.state / "keys").write_text("{}")
    assert "is damaged" in ready.run("doctor", status=1).stderr


def test_the_doctor_lists_what_a_person_must_look_at(ready: Install) -> None:
    with closing(sqlite3.connect(ready.state / "desk.db")) as desk:
        workspace = desk.execute("SELECT id FROM store_workspace").fetchone()[0]
        desk.execute(
            "INSERT INTO store_setaside (id, workspace_id, seq, reason, at_ms, tries) VALUES (1, ?, 7, ?, 0, 1)",
            [workspace, "no words"],
        )
        desk.commit()
    assert "acme: 1 event(s) could not be read" in ready.run("doctor", status=1).stdout
    assert "tried 1x  no words" in ready.run("set-aside", "list", "--workspace", "acme").stdout
    assert "0 went in, 1 stay set aside" in ready.run("set-aside", "retry", "--workspace", "acme").stdout


def test_an_empty_workspace_is_dumped_and_replayed(ready: Install) -> None:
    before = ready.dump("acme")
    ready.run("replay", "--workspace", "acme")
    assert ready.dump("acme") == before
    assert json.loads(json.dumps(before))["messages"] == []


def test_every_command_has_help() -> None:
    runner = CliRunner()
    whole = runner.invoke(careline, ["--help"]).output
    for name, command in careline.commands.items():
        assert name in whole
        assert (command.help or "").strip()
        assert runner.invoke(careline, [name, "--help"]).exit_code == 0
        for option in command.params:
            words = getattr(option, "help", "") or getattr(option, "metavar", "") or option.name
            assert words


def test_a_word_that_is_no_command_is_said_so(install: Install) -> None:
    assert "No such command 'dance'" in install.run("dance", status=2).stderr
