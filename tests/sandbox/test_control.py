"""The control paths: who may use them, and what they say when something is wrong."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "headers",
    [{"host": "attacker.example"}, {"origin": "https://attacker.example"}, {"host": "192.0.2.7:8790"}],
    ids=["rebound name", "foreign page", "foreign address"],
)
@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/state", "/_sandbox/faults"])
def test_control_paths_do_not_exist_for_anybody_else(x, headers, path):
    response = x.http.get(path, headers=headers)
    assert (response.status_code, response.content) == (404, b"")


def test_the_page_of_this_machine_may_use_them(x):
    port = x.url.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
        headers = {"host": host, "origin": f"http://{host}"}
        assert x.http.get("/_sandbox/people", headers=headers).status_code == 200


def test_there_is_a_page_for_a_person(x):
    page = x.http.get("/_sandbox/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for word in ("Make a person", "Make a token", "People"):
        assert word in page.text
    assert x.http.get("/_sandbox/page.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people", {}, 400),
        ("people", {"username": "far_too_long_for_x"}, 400),
        ("people", {"username": "ok", "dm_from": "friends"}, 400),
        ("people", {"username": 5}, 400),
        ("apps", {"name": "x", "owner": "nobody_at_all"}, 404),
        ("tokens", {"app_id": "5", "person_id": "5"}, 404),
        ("follow", {"source_id": "5", "target_id": "6"}, 404),
        ("settings", {"summon": "always"}, 400),
        ("limits", {"endpoint": "*", "limit": "many"}, 400),
        ("dms", {"from": "nobody", "to": "nobody", "text": "x"}, 404),
    ],
)
def test_a_wrong_order_is_refused_in_words(x, path, body, status):
    response = x.http.post(f"/_sandbox/{path}", json=body)
    assert response.status_code == status
    assert response.json()["error"]


def test_a_body_that_is_no_json_is_refused(x):
    for content in (b"{", b"[1]"):
        assert x.http.post("/_sandbox/people", content=content).status_code == 400


def test_a_name_is_taken_whatever_its_case(x):
    x.control("people", username="TakenName")
    assert x.http.post("/_sandbox/people", json={"username": "takenname"}).status_code == 409


def test_people_may_have_the_id_that_is_asked_for(x):
    assert x.control("people", username="fixed_id", id="4242")["id"] == "4242"


def test_an_apps_tier_and_a_tokens_scopes_have_to_exist(x):
    owner = x.control("people", username="owner_x")["username"]
    assert x.http.post("/_sandbox/apps", json={"name": "a", "owner": owner, "tier": "gold"}).status_code == 400
    app = x.control("apps", name="a", owner=owner)
    body = {"app_id": app["id"], "person_id": owner, "scopes": ["tweet.read", "moon.walk"]}
    assert "moon.walk" in x.http.post("/_sandbox/tokens", json=body).json()["error"]


def test_the_state_is_what_x_really_has(x):
    brand, customer = x.person("brand"), x.person("cust")
    asked = customer.says(f"@{brand.username} hi")
    answer = brand.answers(asked["id"], "hello").json()["data"]
    gone = customer.says("typo")
    customer.client.delete(f"/2/tweets/{gone['id']}")
    sent = customer.writes_to(brand, "order 5").json()["data"]
    state = x.state()
    posts = {post["id"]: post for post in state["posts"]}
    assert posts[answer["id"]]["in_reply_to_id"] == asked["id"]
    assert posts[answer["id"]]["author_id"] == brand.id
    assert posts[answer["id"]]["text"] == answer["text"]
    assert gone["id"] in state["deleted_posts"] and gone["id"] not in posts
    (message,) = [entry for entry in state["dms"] if entry["id"] == sent["dm_event_id"]]
    assert (message["sender_id"], message["recipient_id"], message["text"]) == (customer.id, brand.id, "order 5")
    counts = x.http.get("/_sandbox/state", params={"only": "counts"}).json()
    assert counts == {"counts": state["counts"]}
