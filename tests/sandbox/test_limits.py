"""Rate windows: what the headers say is what happens."""

from __future__ import annotations

import pytest

START = 1_790_000_000


@pytest.fixture
def local(start_x, tmp_path):
    """A sandbox whose clock stands still until it is moved."""
    running = start_x(clock=tmp_path / "clock.json")
    running.control("clock", sim=START, rate=0)
    return running


def window(response, name="x-rate-limit"):
    return tuple(int(response.headers[f"{name}-{part}"]) for part in ("limit", "remaining", "reset"))


def test_every_answer_counts_down_and_names_the_reset(local):
    person = local.person("someone")
    assert window(person.get("/2/users/me")) == (75, 74, START + 900)
    local.control("clock", sim=START + 100)
    assert window(person.get("/2/users/me")) == (75, 73, START + 900)


def test_daily_windows_have_headers_of_their_own(local):
    person, other = local.person("someone"), local.person("other")
    sent = person.writes_to(other, "hi")
    assert window(sent) == (15, 14, START + 900)
    assert window(sent, "x-user-limit-24hour") == (1440, 1439, START + 86_400)
    assert window(sent, "x-app-limit-24hour") == (1440, 1439, START + 86_400)


def test_a_used_up_window_is_a_429_that_does_nothing_until_the_reset(local):
    person, other = local.person("someone"), local.person("other")
    for number in range(15):
        assert person.writes_to(other, f"{number}").status_code == 201
    refused = person.writes_to(other, "one too many")
    assert refused.status_code == 429
    assert refused.json() == {
        "title": "Too Many Requests",
        "detail": "Too Many Requests",
        "type": "about:blank",
        "status": 429,
    }
    assert window(refused) == (15, 0, START + 900)
    assert local.state()["counts"]["dms"] == 15
    local.control("clock", sim=START + 899)
    assert person.writes_to(other, "too early").status_code == 429
    local.control("clock", sim=START + 900)
    assert window(person.writes_to(other, "again")) == (15, 14, START + 1800)


def test_people_and_apps_have_windows_of_their_own(local):
    app = local.app()
    one, other = local.person("one", app=app), local.person("other", app=app)
    for _ in range(75):
        one.get("/2/users/me")
    assert one.get("/2/users/me").status_code == 429
    assert other.get("/2/users/me").status_code == 200
    reader = local.bearer(app["bearer_token"])
    assert window(reader.get(f"/2/users/{one.id}/mentions"))[0] == 450
    assert window(one.get(f"/2/users/{one.id}/mentions"))[0] == 300


def test_an_apps_daily_window_is_shared_by_its_people(local):
    app = local.app()
    one, other = local.person("one", app=app), local.person("other", app=app)
    one.says("first")
    second = other.post("/2/tweets", {"text": "second"})
    assert window(second, "x-app-limit-24hour")[1] == 9_998
    assert window(second)[1] == 99


def test_refused_input_costs_a_call_and_a_missing_token_none(local):
    person = local.person("someone")
    person.post("/2/tweets", {"nonsense": 1})
    local.http.post("/2/tweets", json={"text": "who am I"})
    assert window(person.post("/2/tweets", {"text": "hi"}))[1] == 98


def test_a_test_can_set_any_window_and_take_it_back(local):
    person = local.person("someone")
    local.control("limits", endpoint="GET /2/users/me", limit=2, window_s=60)
    assert [person.get("/2/users/me").status_code for _ in range(3)] == [200, 200, 429]
    local.control("clock", sim=START + 60)
    assert window(person.get("/2/users/me")) == (2, 1, START + 120)
    assert window(person.get(f"/2/users/{person.id}"))[0] == 900
    local.control("limits", endpoint="*", limit=7)
    assert window(person.get(f"/2/users/{person.id}")) == (7, 6, START + 60 + 900)
    assert local.http.delete("/_sandbox/limits").status_code == 200
    assert window(person.get("/2/users/me"))[0] == 75
    assert local.http.post("/_sandbox/limits", json={"endpoint": "*", "limit": -1}).status_code == 400
