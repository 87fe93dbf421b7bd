"""Faults on request: what a client of a sandbox on a bad day sees, and what really happened."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from careline_sandbox import faults
from careline_sandbox.cli import main
from careline_sandbox.deliver.reorder import Shuffler
from sandbox.desk import desk_in
from sandbox.listening import listening
from sandbox.receiver import eventually, receiving


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def fault(x):
    """Put a fault in force; all are cleared when the test ends."""

    def add(target, kind, **more):
        response = x.http.post("/_sandbox/faults", json={"target": target, "kind": kind, **more})
        assert response.status_code == 201, response.text
        return response.json()["faults"][0]

    yield add
    x.http.delete("/_sandbox/faults")


@pytest.fixture
def customer(x):
    return x.person("cust")


def posted(x, text):
    return [post["id"] for post in x.state()["posts"] if post["text"] == text]


def fired(x):
    return [entry["fired"] for entry in x.http.get("/_sandbox/faults").json()["faults"]]


# At an endpoint


def test_a_429_names_its_reset_and_nothing_happens(x, customer, fault):
    fault("POST /2/tweets", "status:429", count=1, reset_s=90)
    refused = customer.post("/2/tweets", {"text": "not now"})
    assert refused.status_code == 429
    assert refused.json() == {
        "title": "Too Many Requests",
        "detail": "Too Many Requests",
        "type": "about:blank",
        "status": 429,
    }
    assert refused.headers["x-rate-limit-remaining"] == "0"
    assert 80 < int(refused.headers["x-rate-limit-reset"]) - time.time() < 91
    assert posted(x, "not now") == []
    customer.says("not now")


def test_a_503_is_no_json(x, customer, fault):
    fault("* /2/users/*", "status:503")
    response = customer.get("/2/users/me")
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("text/html")


def test_a_fault_strikes_its_target_alone_and_never_the_control_paths(x, customer, fault):
    fault("* *".replace("* *", "* /*"), "status:500")
    assert customer.get("/2/users/me").status_code == 500
    assert x.http.get("/_sandbox/health").status_code == 200
    x.http.delete("/_sandbox/faults")
    fault("POST /2/dm_conversations/with/{participant_id}/messages", "status:500")
    customer.says("posts are not messages")
    assert customer.writes_to(x.person("other"), "hello").status_code == 500


def test_a_hang_before_the_effect_leaves_nothing_behind(x, customer, fault):
    fault("POST /2/tweets", "hang_before", count=1)
    with pytest.raises(httpx.ReadTimeout):
        customer.client.post("/2/tweets", json={"text": "lost on the way"}, timeout=0.3)
    assert posted(x, "lost on the way") == []


def test_a_hang_after_the_effect_leaves_the_post_without_an_answer(x, customer, fault):
    fault("POST /2/tweets", "hang_after", count=1)
    with pytest.raises(httpx.ReadTimeout):
        customer.client.post("/2/tweets", json={"text": "did it arrive?"}, timeout=0.5)
    eventually(lambda: len(posted(x, "did it arrive?")) == 1)


def test_clearing_faults_hangs_up_on_who_still_hangs(x, customer, fault):
    fault("POST /2/tweets", "hang_before")
    outcomes = []

    def try_it():
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            customer.post("/2/tweets", {"text": "hello?"})
        outcomes.append(caught.value)

    thread = threading.Thread(target=try_it)
    thread.start()
    eventually(lambda: fired(x) == [1])
    x.http.delete("/_sandbox/faults")
    thread.join(timeout=5)
    assert outcomes


@pytest.mark.parametrize(("kind", "happened"), [("cut_after", 1), ("disconnect", 0)])
def test_the_connection_is_closed_without_an_answer(x, customer, fault, kind, happened):
    fault("POST /2/tweets", kind, count=1)
    text = f"cut off by {kind}"
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        customer.post("/2/tweets", {"text": text})
    assert len(posted(x, text)) == happened
    customer.says("and on it goes")


def test_a_late_effect_is_answered_at_once_and_seen_by_nobody_until_then(x, receiver, customer, fault):
    desk = desk_in(x, receiver).cares(["post.mention.create", "dm.received"])
    fault("POST /2/*", "late_effect:1.5", count=2)
    begun = time.monotonic()
    post = customer.says(f"@{desk.brand.username} late")
    message = customer.writes_to(desk.brand, "late too")
    assert message.status_code == 201
    seen = desk.brand.get(f"/2/tweets/{post['id']}").json()
    listed = desk.brand.get(f"/2/users/{desk.brand.id}/mentions").json()["meta"]["result_count"]
    private = desk.brand.get("/2/dm_events").json()["meta"]["result_count"]
    if time.monotonic() - begun < 1.4:
        assert "data" not in seen
        assert (listed, private, receiver.got) == (0, 0, [])
    receiver.wait_for(2)
    assert time.monotonic() - begun > 1.4
    assert desk.brand.get(f"/2/tweets/{post['id']}").json()["data"]["id"] == post["id"]
    assert desk.brand.get(f"/2/users/{desk.brand.id}/mentions").json()["meta"]["result_count"] == 1


def test_a_delay_is_only_slow(x, customer, fault):
    fault("POST /2/tweets", "delay:0.3", count=1)
    begun = time.monotonic()
    customer.says("in my own time")
    assert time.monotonic() - begun >= 0.3


# On the way to a desk


@pytest.fixture
def desk(x, receiver):
    return desk_in(x, receiver).cares(["post.mention.create", "dm.received"])


def mentions(customer, desk, number):
    return [customer.says(f"@{desk.brand.username} number {n}")["id"] for n in range(number)]


def ids(events):
    return [event["payload"]["id"] for event in events]


def test_a_dropped_delivery_never_comes(desk, customer, fault):
    fault("delivery", "drop", count=1)
    lost, kept = mentions(customer, desk, 2)
    assert ids(desk.told()) == [kept]
    assert lost != kept


def test_a_doubled_delivery_comes_twice_the_same(desk, customer, receiver, fault):
    fault("delivery", "double")
    mentions(customer, desk, 1)
    assert len(desk.told()) == 2
    assert receiver.got[0].raw == receiver.got[1].raw


def test_a_fault_may_be_for_one_type_of_event(desk, customer, fault):
    fault("delivery dm.*", "drop")
    mentions(customer, desk, 1)
    customer.writes_to(desk.brand, "unheard")
    assert desk.told_types() == ["post.mention.create"]


def test_a_delayed_delivery_is_overtaken(desk, customer, fault):
    fault("delivery", "delay:2", count=1)
    late, soon = mentions(customer, desk, 2)
    assert ids(desk.told()) == [soon, late]


def test_reordered_deliveries_all_come_in_another_order(desk, customer, fault):
    fault("delivery", "reorder:5")
    made = mentions(customer, desk, 20)
    came = ids(desk.told())
    assert sorted(came) == made
    assert came != made


def test_a_stream_is_disconnected_with_x_s_notice_and_backfill_heals_it(x, desk, customer, fault):
    fault("stream", "disconnect", count=1)
    bearer = desk.app["bearer_token"]
    with listening(x.url, bearer) as stream:
        (made,) = mentions(customer, desk, 1)
        stream.wait_for_the_end()
        assert stream.parsed[0]["errors"][0]["disconnect_type"] == "UpstreamOperationalDisconnect"
        assert stream.events == []
    with listening(x.url, bearer, backfill_minutes=1) as stream:
        assert ids(stream.wait_for(1)) == [made]


# Ordering them


def test_probability_is_of_a_seeded_dice(start_x):
    runs = []
    for seed in ("7", "7", "8"):
        x = start_x("--seed", seed)
        x.http.post("/_sandbox/faults", json={"target": "GET /2/users/me", "kind": "status:500", "probability": 0.5})
        person = x.person("dicer")
        runs.append([person.get("/2/users/me").status_code for _ in range(40)])
    assert runs[0] == runs[1] != runs[2]
    assert 5 < runs[0].count(500) < 35


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "POST /2/tweets", "kind": "drop"},
        {"target": "delivery", "kind": "status:500"},
        {"target": "POST /2/tweets", "kind": "status:200"},
        {"target": "POST /2/tweets", "kind": "delay:soon"},
        {"target": "POST /2/tweets", "kind": "hang_after:3"},
        {"target": "somewhere", "kind": "drop"},
        {"target": "delivery", "kind": "drop", "probability": 2},
        {"target": "delivery", "kind": "drop", "count": 0},
        {"target": "delivery", "kind": "drop", "colour": "blue"},
        {"kind": "drop"},
    ],
)
def test_what_would_not_do_what_was_meant_is_refused_in_words_and_nothing_is_added(x, wrong):
    both = {"faults": [{"target": "delivery", "kind": "drop"}, wrong]}
    response = x.http.post("/_sandbox/faults", json=both)
    assert response.status_code == 400
    assert len(response.json()["error"]) > 10
    assert x.http.get("/_sandbox/faults").json() == {"faults": []}


def test_the_command_line_orders_lists_and_ends_faults(x, fault):
    run = CliRunner()
    added = run.invoke(main, ["fault", "add", "POST /2/tweets", "status:503", "--count", "2", "--url", x.url])
    assert added.exit_code == 0
    assert added.output == "POST /2/tweets  status:503  probability 1, 2 more, fired 0\n"
    assert run.invoke(main, ["fault", "list", "--url", x.url]).output == added.output
    refused = run.invoke(main, ["fault", "add", "delivery", "explode", "--url", x.url])
    assert refused.exit_code == 1
    assert "drop, double, delay, reorder" in refused.output
    assert run.invoke(main, ["fault", "clear", "--url", x.url]).output == ""
    assert run.invoke(main, ["fault", "list", "--url", x.url]).output == ""
    nobody = run.invoke(main, ["fault", "list", "--url", "http://127.0.0.1:9"])
    assert nobody.exit_code == 1
    assert "no sandbox answers" in nobody.output


@given(st.lists(st.integers(0, 6), max_size=40))
def test_reordering_loses_and_doubles_nothing(behinds):
    """Whatever waits for whatever, everything has gone when the quiet has come."""

    async def everything_goes():
        gone = []
        shuffler = Shuffler(gone.append)
        for number, behind in enumerate(behinds):
            shuffler.put(number, behind=behind)
        shuffler.flush()
        shuffler.close()
        return gone

    assert sorted(asyncio.run(everything_goes())) == list(range(len(behinds)))


@given(st.lists(st.sampled_from(["drop", "double", "delay:2", "reorder:3"]), max_size=5))
def test_faults_on_one_delivery_add_up(kinds):
    book = faults.FaultBook(seed=1)
    for kind in kinds:
        faults.add(book, {"target": "delivery", "kind": kind})
    plan = faults.delivery_plan(book, "delivery", "dm.received")
    assert plan.copies == (0 if "drop" in kinds else 2 ** kinds.count("double"))
    assert plan.delay_s == 2 * kinds.count("delay:2")
    assert plan.behind <= 3
    assert faults.delivery_plan(book, "stream", "dm.received") == faults.Plan()
