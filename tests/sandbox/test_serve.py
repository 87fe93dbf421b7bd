"""Starting, refusing to start, being killed, and the clock: the sandbox as the one who runs it meets it."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.served import COMMAND, free_port


def run(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30)


def test_it_says_one_line_when_it_is_ready(x):
    assert x.ready == f"local X ready at {x.url}/ (state: :memory:)\n"
    assert x.http.get("/_sandbox/health").json() == {"ok": True}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_it_does_not_listen_beyond_this_machine_unasked(host):
    refused = run("serve", "--host", host, "--port", str(free_port()))
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ") and refused.stderr.count("\n") == 1


def test_a_port_in_use_is_one_line(x):
    refused = run("serve", "--port", str(httpx.URL(x.url).port))
    assert refused.returncode == 1
    assert "cannot be used: Address already in use" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_state_that_cannot_be_used_is_one_line(tmp_path):
    garbage, newer = tmp_path / "garbage.db", tmp_path / "newer.db"
    garbage.write_bytes(b"this is no database" * 100)
    subprocess.run(["sqlite3", str(newer), "PRAGMA user_version=99"], check=False)
    for state in (garbage, tmp_path, "/proc/nowhere/x.db"):
        refused = run("serve", "--port", str(free_port()), "--state", str(state))
        assert refused.returncode == 1
        assert "cannot be used" in refused.stderr and refused.stderr.count("\n") == 1


def test_two_sandboxes_do_not_share_a_state(start_x, tmp_path):
    state = str(tmp_path / "x.db")
    start_x("--state", state)
    refused = run("serve", "--port", str(free_port()), "--state", state)
    assert "another sandbox serves" in refused.stderr


def test_what_was_answered_survives_a_kill(start_x, tmp_path):
    state = str(tmp_path / "x.db")
    first = start_x("--state", state)
    brand, customer = first.person("brand"), first.person("cust")
    first.control("limits", endpoint="*", limit=5000)
    first.control("settings", summon="engaged")
    answered = [customer.says(f"@{brand.username} {number}")["id"] for number in range(200)]
    messages = [customer.writes_to(brand, f"m{number}").json()["data"]["dm_event_id"] for number in range(200)]
    first.process.kill()
    first.process.wait(timeout=10)
    second = start_x("--state", state)
    kept = second.state()
    assert [post["id"] for post in kept["posts"]] == answered
    assert [message["id"] for message in kept["dms"]] == messages
    assert second.http.get("/_sandbox/settings").json() == {"summon": "engaged"}
    again = second.bearer(customer.tokens["access_token"])
    response = again.post("/2/tweets", json={"text": "still me"})
    assert response.headers["x-rate-limit-limit"] == "5000"
    assert int(response.json()["data"]["id"]) > int(messages[-1])


def test_a_kill_in_the_middle_of_writing_leaves_a_whole_world(start_x, tmp_path):
    state = str(tmp_path / "x.db")
    first = start_x("--state", state)
    first.control("limits", endpoint="*", limit=100_000)
    writers = [first.person("cust") for _ in range(4)]
    answered, enough = [], threading.Event()

    def write(person):
        with contextlib.suppress(httpx.HTTPError):
            for number in itertools.count():
                answered.append(person.says(f"{number}")["id"])
                if len(answered) >= 300:
                    enough.set()

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write, person) for person in writers]
        assert enough.wait(timeout=30)
        first.process.kill()
        for future in running:
            future.result(timeout=20)
    first.process.wait(timeout=10)
    kept = start_x("--state", state).state()
    posts = [post["id"] for post in kept["posts"]]
    assert len(posts) == len(set(posts)) == kept["counts"]["happenings"]
    assert set(answered) <= set(posts)
    assert 300 <= len(posts) <= len(answered) + len(writers)


def test_it_stops_when_told_also_with_a_client_connected(start_x):
    local = start_x()
    local.http.get("/_sandbox/health")
    local.process.terminate()
    assert local.process.wait(timeout=10) == 0


def test_time_is_what_the_clock_file_says(start_x, tmp_path):
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"anchor_real": 0, "anchor_sim": 1_790_000_000, "rate": 0}))
    local = start_x(clock=clock)
    person = local.person("someone")
    made = person.says("frozen")
    shown = person.get(f"/2/tweets/{made['id']}", **{"tweet.fields": "created_at"}).json()["data"]
    assert shown["created_at"] == "2026-09-21T14:13:20.000Z"
    assert (int(made["id"]) >> 22) + 1_288_834_974_657 == 1_790_000_000_000
    assert local.control("clock", rate=3600)["rate"] == 3600
    assert json.loads(clock.read_text())["rate"] == 3600
    assert local.http.post("/_sandbox/clock", json={"rate": -1}).status_code == 400


def test_without_a_clock_file_time_cannot_be_set(x):
    refused = x.http.post("/_sandbox/clock", json={"sim": 0})
    assert refused.status_code == 400
    assert "CARELINE_CLOCK" in refused.json()["error"]


def test_the_commands_act_in_a_running_sandbox(x):
    def order(*arguments):
        done = run(*arguments, "--url", x.url)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    brand, customer = order("person", "CmdBrand"), order("person", "cmd_customer", "--dm-from", "following")
    app = order("app", "desk", "--owner", "cmdbrand")
    token = order("token", "--app", app["id"], "--person", "CmdBrand")
    post = order("post", "cmd_customer", "hi @cmdbrand")
    order("post", "cmdbrand", "hello", "--reply-to", post["id"])
    order("dm", "cmd_customer", "CmdBrand", "psst")
    found = x.bearer(token["access_token"]).get(f"/2/users/{brand['id']}/mentions").json()
    assert [entry["id"] for entry in found["data"]] == [post["id"]]
    taken = run("person", "cmdbrand", "--url", x.url)
    assert (taken.returncode, taken.stderr.count("\n")) == (1, 1)
    assert "is taken" in taken.stderr
    assert customer["dm_from"] == "following"


def test_a_command_without_a_sandbox_is_one_line():
    done = run("person", "nobody", "--url", f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no sandbox answers" in done.stderr
