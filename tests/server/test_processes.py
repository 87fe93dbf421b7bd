"""Processes as an operator meets them: they stop when asked, come back when killed, and leave no orphan behind."""

from __future__ import annotations

import base64
import hmac
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from careline.engines.log_sqlite import SqliteEventLog
from support.install import SOURCE, Install
from support.processes import TESTS, answers, wait_until

ROLES = ("web", "worker")


def children(pid: int) -> dict[str, int]:
    """Process ids by role of what this process has started."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    found = {}
    for line in listed.stdout.splitlines():
        number, _, words = line.strip().partition(" ")
        found |= {role: int(number) for role in ROLES if words.endswith(f"--role {role}")}
    return found


def alive(pid: int) -> bool:
    """Whether the process runs (one that has ended and waits to be collected does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_role_stops_cleanly_when_asked(ready: Install, role: str, number: signal.Signals) -> None:
    process, output = ready.start("run", "--role", role)
    ready.wait_for(output, f"{role}_ready")
    process.send_signal(number)
    assert process.wait(5) == 0
    assert f"{role}_stopped" in output.read_text()
    assert "Traceback" not in output.read_text()


def test_an_open_stream_does_not_hold_up_the_stop(ready: Install) -> None:
    process, output = ready.start("run", "--role", "web")
    ready.wait_for_web()
    browser = ready.sign_in("ana@example.org", ready.env["TEST_PASSWORD"])
    ticket = browser.get("/acme/live-ticket").json()["ticket"]
    with browser.stream("GET", "/live", params={"ticket": ticket}) as stream:
        assert next(stream.iter_lines()).startswith("retry")
        process.terminate()
        assert process.wait(5) == 0
    assert '"late": false' in output.read_text()


def test_a_connection_kept_open_for_later_does_not_hold_up_the_stop(ready: Install) -> None:
    process, _ = ready.start("run", "--role", "web")
    ready.wait_for_web()
    with httpx.Client(base_url=ready.origin, trust_env=False) as browser:
        assert browser.get("/healthz").text == "ok\n"
        process.terminate()
        assert process.wait(5) == 0


def test_whoever_is_killed_comes_back(ready: Install) -> None:
    supervisor, output = ready.start("run")
    ready.wait_for_web()
    wait_until(lambda: set(children(supervisor.pid)) == set(ROLES))
    before = children(supervisor.pid)
    for role in ROLES:
        os.kill(before[role], signal.SIGKILL)
    wait_until(lambda: set(children(supervisor.pid).values()).isdisjoint(before.values()) and ready.serves(), within=30)
    ready.wait_for(output, "worker_ready")
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(15) == 0
    assert not ready.serves()


def test_nothing_outlives_a_killed_supervisor(ready: Install) -> None:
    supervisor, _ = ready.start("run")
    ready.wait_for_web()
    wait_until(lambda: set(children(supervisor.pid)) == set(ROLES))
    left = children(supervisor.pid)
    supervisor.kill()
    wait_until(lambda: not any(alive(pid) for pid in left.values()), what="a child outlived its supervisor")
    assert not answers(ready.port)


def test_law_1_a_signed_webhook_is_on_disk_when_the_whole_server_has_said_so(ready: Install) -> None:
    app_id = add_app(ready)
    process, _ = ready.start("run", "--role", "web")
    ready.wait_for_web()
    body = b'{"for_user_id": "1", "data": {}}'
    signature = "sha256=" + base64.b64encode(hmac.digest(b"test-consumer-secret", body, "sha256")).decode()
    signed = {"content-type": "application/json", "x-twitter-webhooks-signature": signature}
    forged = {**signed, "x-twitter-webhooks-signature": "sha256=" + base64.b64encode(bytes(32)).decode()}
    with httpx.Client(base_url=ready.origin, trust_env=False) as x:
        assert x.post(f"/in/x/{app_id}", content=body, headers=signed).status_code == 200
        assert x.post(f"/in/x/{app_id}", content=body, headers=forged).status_code == 401
        assert x.post(f"/in/x/{app_id + 1}", content=body, headers=signed).status_code == 404
    process.kill()
    process.wait()
    log = SqliteEventLog(ready.state / "intake.db")
    assert [(event.app_id, event.payload) for event in log.read(0, 10)] == [(app_id, body)]
    log.close()


def add_app(install: Install) -> int:
    """An app in the install's own database, as the connecting of an account will make it."""
    program = (
        "from careline.server.start import open_desk; open_desk()\n"
        "from support.rows import make_app\n"
        "from careline.store.models import Workspace\n"
        "print(make_app(Workspace.objects.get(slug='acme')).id)"
    )
    env = install.env | {"PYTHONPATH": f"{SOURCE}{os.pathsep}{TESTS}"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_the_second_of_a_role_is_told_so(ready: Install) -> None:
    _, output = ready.start("run", "--role", "worker")
    ready.wait_for(output, "worker_ready")
    second = ready.run("run", "--role", "worker", status=1)
    assert "already running" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_a_port_in_use_is_one_line_that_says_what_to_do(ready: Install) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", ready.port))
        other.listen()
        refused = ready.run("run", "--role", "web", status=1)
    assert refused.stderr == (
        f"careline: Port {ready.port} is in use: stop the program that uses it, or set CARELINE_PORT to another.\n"
    )


def test_nothing_of_a_request_reaches_the_log(ready: Install) -> None:
    process, output = ready.start("run", "--role", "web")
    ready.wait_for_web()
    password = ready.env["TEST_PASSWORD"]
    browser = ready.sign_in("ana@example.org", password)
    browser.get("/acme/open/", params={"q": "@jana_private"})
    browser.get("/acme/open/@jana_private/")
    browser.post(
        "/in/x/1", content=b'{"text": "my order is 4711"}', headers={"x-twitter-webhooks-signature": "sha256=abc"}
    )
    browser.get("/in/x/1", params={"crc_token": "opensesame"})
    browser.get("/live", params={"ticket": "forgedticket"})
    process.terminate()
    process.wait(5)
    text = output.read_text()
    assert '"route": "sign-in/"' in text
    for word in ("jana_private", "4711", "opensesame", "forgedticket", "ana@example", password, "sha256=abc"):
        assert word not in text


def test_the_server_starts_nothing_without_tables(install: Install) -> None:
    refused = install.run("run", "--role", "web", status=1)
    assert "has no tables yet" in refused.stderr
