"""The first command, as a stranger meets it: from an empty folder to a desk to sign in to, again and again."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.install import Install
from support.processes import free_port, wait_until

READY = "Ctrl-C stops everything."


def sign_in_of(output: str) -> tuple[str, str]:
    """E-mail and password as printed."""
    found = re.search(r"Sign in +(\S+) +password: (\S+)", output)
    assert found is not None, output
    return found[1], found[2]


def test_from_nothing_to_a_desk_with_people_who_wait(install: Install) -> None:
    process, output = install.start("up")
    said = install.wait_for(output, READY)
    assert f"{install.origin}/demo/" in said
    assert f"{install.sandbox}/ " in said
    assert "Invented customers write" in said
    browser = install.sign_in(*sign_in_of(said))
    # Some were there before the demo began, and have waited for hours; then the first of the cast comes on.
    wait_until(lambda: "olaf_example" in browser.get("/demo/open/").text, within=30, what="nobody waits in the inbox")
    cast = httpx.get(f"{install.sandbox}/_sandbox/cast", trust_env=False).json()
    assert cast["brand"] == "acme_example"
    wait_until(lambda: httpx.get(f"{install.sandbox}/_sandbox/cast", trust_env=False).json()["stories"], within=30)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert not install.serves()
    assert "Traceback" not in output.read_text()


def test_quiet_means_that_nobody_writes_but_you(install: Install) -> None:
    _, output = install.start("up", "--quiet")
    said = install.wait_for(output, READY)
    assert "Invented customers" not in said
    browser = install.sign_in(*sign_in_of(said))
    wait_until(lambda: "jana_example" in browser.get("/demo/open/").text, within=30, what="nobody waits in the inbox")
    cast = httpx.get(f"{install.sandbox}/_sandbox/cast", trust_env=False).json()
    assert (cast["paused"], cast["stories"]) == (True, [])


def test_again_it_starts_what_is_there_and_changes_nothing(install: Install) -> None:
    said, dumps = [], []
    for _ in range(2):
        process, output = install.start("up", "--quiet")
        said.append(install.wait_for(output, READY))
        wait_until(lambda: len(install.dump()["messages"]) >= 5, within=30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        dumps.append(install.dump())
    assert sign_in_of(said[0]) == sign_in_of(said[1])
    assert dumps[0] == dumps[1]
    assert "Making the demo" in said[0]
    assert "Making the demo" not in said[1]


def test_the_local_x_may_move_to_another_port(install: Install) -> None:
    for _ in range(2):
        process, output = install.start("up", "--quiet")
        install.wait_for(output, READY)
        text = f"@acme_example are you there on port {install.sandbox_port}?"
        post = {"author": "jana_example", "text": text}
        httpx.post(f"{install.sandbox}/_sandbox/posts", json=post, trust_env=False).raise_for_status()
        wait_until(lambda said=text: said in json.dumps(install.dump()), within=30, what="the post did not come in")
        process.terminate()
        assert process.wait(20) == 0
        install.sandbox_port = free_port()
        install.env["CARELINE_SANDBOX_PORT"] = str(install.sandbox_port)


def test_while_it_runs_it_says_where(install: Install) -> None:
    _, output = install.start("up", "--quiet")
    said = install.wait_for(output, READY)
    again = install.run("up").stdout
    assert "running already" in again
    assert sign_in_of(again) == sign_in_of(said)


def test_nobody_else_reads_what_it_makes(install: Install) -> None:
    _, output = install.start("up", "--quiet")
    install.wait_for(output, READY)
    assert stat.S_IMODE(install.state.stat().st_mode) == 0o700
    for path in install.state.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_interrupted_while_starting_it_leaves_nothing_running_and_starts_next_time(install: Install) -> None:
    process, output = install.start("up", "--quiet")
    install.wait_for(output, "Making the demo")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) in (0, 130)
    assert not install.serves()
    process, output = install.start("up", "--quiet")
    install.wait_for(output, READY)
    wait_until(lambda: len(install.dump()["messages"]) == 5, within=30)


@pytest.mark.parametrize("which", ["port", "sandbox_port"])
def test_a_port_in_use_is_one_line_that_says_what_to_do(install: Install, which: str) -> None:
    number = getattr(install, which)
    with socket.socket() as other:
        other.bind(("127.0.0.1", number))
        other.listen()
        refused = install.run("up", status=1)
    name = "CARELINE_PORT" if which == "port" else "CARELINE_SANDBOX_PORT"
    assert refused.stderr.startswith(f"careline: Port {number} is in use")
    assert name in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_database_from_a_newer_version_is_refused_in_words(install: Install) -> None:
    import sqlite3
    from contextlib import closing

    install.run("migrate")
    with closing(sqlite3.connect(install.state / "desk.db")) as desk:
        desk.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_future', '2030-01-01')")
        desk.commit()
    for command in (["up"], ["run"], ["migrate"], ["dump", "--canonical", "--workspace", "demo"]):
        refused = install.run(*command, status=1)
        assert "made by a newer version of Careline" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert "newer" in install.run("doctor", status=1).stdout


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with some megabytes; only root can have one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("making a small disk needs root and the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_one_line_that_says_what_to_do(install: Install, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(20_000_000))
    refused = install.run("up", status=1, CARELINE_STATE=str(small_disk))
    assert "is full" in refused.stderr
    assert "make room" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_folder_that_is_not_ours_is_one_line(install: Install) -> None:
    refused = install.run("up", status=1, CARELINE_STATE="/proc/careline")
    assert "CARELINE_STATE" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_changed_password_is_not_printed_any_more(install: Install) -> None:
    process, output = install.start("up", "--quiet")
    install.wait_for(output, READY)
    install.run("user", "password", "you@demo.example")
    assert "with the password you set" in install.run("up").stdout
    process.terminate()
    process.wait(20)
    assert "password" in json.loads((install.state / "sign-in.json").read_text())
