"""Webhooks v2: X's handshake, its signature, what it refuses, and what it does about a webhook that fails."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime

import httpx
import pytest

from careline_sandbox.deliver import challenge
from sandbox.desk import desk_in
from sandbox.receiver import eventually, receiving


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def desk(x, receiver):
    return desk_in(x, receiver)


@pytest.fixture
def customer(x):
    return x.person("cust")


def reason(response):
    assert response.status_code == 400, response.text
    body = response.json()
    assert body["type"] == "https://api.x.com/2/problems/invalid-request"
    return body["errors"][0]["message"].split(":")[0]


def test_an_address_that_answers_the_challenge_is_registered_and_listed(desk, receiver):
    made = desk.register().json()["data"]
    assert made == {"id": made["id"], "url": receiver.url, "valid": True, "created_at": made["created_at"]}
    # A desk may answer only tokens of this form, lest it sign bodies for strangers.
    assert re.fullmatch(r"[A-Za-z0-9+/=_-]{16,128}", receiver.tokens[0])
    listed = desk.bearer.get("/2/webhooks").json()
    assert listed == {"data": [made], "meta": {"result_count": 1}}


def test_only_the_fields_asked_for_are_listed(desk):
    desk.register()
    listed = desk.bearer.get("/2/webhooks", params={"webhook_config.fields": "id,valid"}).json()
    assert listed["data"] == [{"id": desk.webhook_id, "valid": True}]


def test_every_challenge_has_another_token(desk, receiver):
    desk.register()
    desk.bearer.put(f"/2/webhooks/{desk.webhook_id}")
    assert len(set(receiver.tokens)) == 2


@pytest.mark.parametrize("trouble", ["wrong secret", "redirect", "not found", "nobody there"])
def test_an_address_that_fails_the_challenge_is_not_registered(desk, receiver, trouble):
    receiver.secret = "not the secret" if trouble == "wrong secret" else desk.app["consumer_secret"]
    receiver.crc_status = {"redirect": 302, "not found": 404}.get(trouble, 200)
    url = "http://127.0.0.1:9/nobody" if trouble == "nobody there" else receiver.url
    assert reason(desk.bearer.post("/2/webhooks", json={"url": url})) == "CrcValidationFailed"
    assert desk.bearer.get("/2/webhooks").json() == {"data": [], "meta": {"result_count": 0}}


def test_addresses_on_other_machines_are_not_even_tried(desk):
    response = desk.bearer.post("/2/webhooks", json={"url": "https://care.example.com/hooks"}, timeout=2)
    assert reason(response) == "CrcValidationFailed"


def test_no_connection_is_opened_beyond_this_machine_unless_the_sandbox_was_told_so(monkeypatch):
    opened = []

    class Refused(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            opened.append(request.url.host)
            raise httpx.ConnectError("refused by the test")

    original = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **options: original(**options, transport=Refused()))

    def passes(url, **options):
        return asyncio.run(challenge.passes(url, "secret", **options))

    for host in ("care.example.com", "192.0.2.7", "[2001:db8::1]", "localhost.example.com", "127.0.0.1.example.com"):
        assert not passes(f"https://{host}/hooks")
    assert opened == []
    assert not passes("https://care.example.com/hooks", beyond_loopback=True)
    assert not passes("http://127.0.0.2:8000/hooks")
    assert opened == ["care.example.com", "127.0.0.2"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://care.example.com/hooks", "https://care.example.com:8443/hooks", "ftp://127.0.0.1/hooks"),
        *("not a url", "https://", "http://127.0.0.1:99999/", "https://care.example.com/" + "x" * 200),
    ],
)
def test_what_is_no_public_https_address_is_refused(desk, url):
    assert reason(desk.bearer.post("/2/webhooks", json={"url": url})) == "UrlValidationFailed"


def test_a_self_serve_app_has_one_webhook_and_an_enterprise_app_more(x, desk, receiver):
    desk.register()
    assert reason(desk.register()) == "DuplicateUrlFailed"
    again = desk.bearer.post("/2/webhooks", json={"url": receiver.url + "/2"})
    assert reason(again) == "WebhookLimitExceeded"
    big = desk_in(x, receiver, tier="enterprise")
    receiver.secret = big.app["consumer_secret"]
    posted = [big.bearer.post("/2/webhooks", json={"url": f"{receiver.url}/{number}"}) for number in range(6)]
    assert [response.status_code for response in posted] == [200] * 5 + [400]


def test_a_person_s_oauth2_token_does_not_manage_webhooks(desk):
    response = desk.brand.get("/2/webhooks")
    assert response.status_code == 403
    assert response.json()["title"] == "Unsupported Authentication"


def test_an_app_sees_and_touches_no_other_app_s_webhook(x, desk):
    desk.register()
    stranger = x.bearer(x.app()["bearer_token"])
    assert stranger.get("/2/webhooks").json()["data"] == []
    assert reason(stranger.delete(f"/2/webhooks/{desk.webhook_id}")) == "WebhookIdInvalid"
    assert reason(stranger.put(f"/2/webhooks/{desk.webhook_id}")) == "WebhookIdInvalid"


def test_a_delivery_is_signed_over_its_raw_bytes_with_the_consumer_secret(desk, receiver, customer):
    desk.cares(["post.mention.create"])
    customer.says(f"@{desk.brand.username} größte Not 😡 — „bitte“ \\u0041")
    receiver.wait_for(1)
    (delivery,) = receiver.got
    key = desk.app["consumer_secret"].encode()
    expected = base64.b64encode(hmac.new(key, delivery.raw, hashlib.sha256).digest()).decode()
    assert delivery.signature == f"sha256={expected}"
    assert delivery.content_type.startswith("application/json")
    assert "größte Not 😡 — „bitte“ \\u0041" in delivery.event["payload"]["text"]


def test_removing_a_webhook_ends_deliveries_but_not_the_subscriptions(desk, receiver, customer):
    desk.cares(["post.mention.create"])
    assert desk.bearer.delete(f"/2/webhooks/{desk.webhook_id}").json() == {"data": {"deleted": True}}
    customer.says(f"@{desk.brand.username} anybody?")
    assert desk.told() == []
    (subscription,) = desk.bearer.get("/2/activity/subscriptions").json()["data"]
    assert "webhook_id" not in subscription


def test_a_webhook_that_fails_a_later_challenge_gets_nothing_until_it_passes_one(desk, receiver, customer):
    desk.cares(["post.mention.create"])
    receiver.crc_status = 500
    assert reason(desk.bearer.put(f"/2/webhooks/{desk.webhook_id}")) == "CrcValidationFailed"
    assert desk.bearer.get("/2/webhooks").json()["data"][0]["valid"] is False
    customer.says(f"@{desk.brand.username} lost to you")
    assert desk.told() == []
    receiver.crc_status = 200
    assert desk.bearer.put(f"/2/webhooks/{desk.webhook_id}").json() == {"data": {"valid": True}}
    customer.says(f"@{desk.brand.username} heard again")
    (event,) = receiver.wait_for(1)
    assert event["payload"]["text"].endswith("heard again")


def test_a_restarted_sandbox_goes_on_telling_whoever_subscribed(start_x, receiver, tmp_path):
    state = str(tmp_path / "x.db")
    first = start_x("--state", state)
    desk = desk_in(first, receiver).cares(["post.mention.create"])
    first.process.terminate()
    first.process.wait(timeout=10)
    again = start_x("--state", state)
    again.control("posts", author=again.person("cust").username, text=f"@{desk.brand.username} still there?")
    (event,) = receiver.wait_for(1)
    assert event["payload"]["text"].endswith("still there?")


def test_one_webhook_that_hangs_keeps_nobody_else_waiting(x, desk, receiver, customer):
    with receiving() as stuck:
        other = desk_in(x, stuck).cares(["post.mention.create"])
        desk.cares(["post.mention.create"])
        with stuck.changed:  # it takes the request and does not answer while this is held
            customer.says(f"@{other.brand.username} @{desk.brand.username} hello both")
            receiver.wait_for(1)
            assert stuck.got == []
        stuck.wait_for(1)


@pytest.fixture
def clock_file(tmp_path):
    """A clock that runs sixty times as fast, so that minutes pass in seconds."""
    path = tmp_path / "clock.json"
    now = time.time()
    path.write_text(json.dumps({"anchor_real": now, "anchor_sim": now, "rate": 60}))
    return path


def test_a_failed_delivery_is_tried_again_with_the_same_bytes(start_x, receiver, clock_file):
    desk = desk_in(start_x(clock=clock_file), receiver).cares(["post.mention.create"])
    receiver.statuses = [500, 503]
    desk.x.person("cust").says(f"@{desk.brand.username} try harder")
    receiver.wait_for(3)
    desk.told()
    assert len({delivery.raw for delivery in receiver.got}) == 1
    assert len(receiver.got) == 3
    assert counts(desk)["delivered"] == 1


def test_after_three_retries_within_five_minutes_an_event_is_dropped_and_counted(start_x, receiver, clock_file):
    desk = desk_in(start_x(clock=clock_file), receiver).cares(["post.mention.create"])
    receiver.status = 500
    desk.x.person("cust").says(f"@{desk.brand.username} hopeless")
    receiver.wait_for(4, seconds=20)
    eventually(lambda: counts(desk)["dropped"] == 1)
    assert counts(desk)["retried"] == 3
    assert counts(desk)["unsettled"] == 0


def counts(desk):
    return desk.x.http.get("/_sandbox/deliveries").json()["webhooks"][desk.webhook_id]


def minute(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M")


def test_a_replay_sends_again_what_was_due_with_the_same_event_ids_and_says_when_it_is_done(
    start_x, receiver, clock_file
):
    desk = desk_in(start_x(clock=clock_file), receiver).cares(["post.mention.create", "dm.received"])
    customer = desk.x.person("cust")
    customer.says(f"@{desk.brand.username} first")
    customer.writes_to(desk.brand, "and in private")
    before = receiver.wait_for(2)
    receiver.clear()
    sim = desk.x.control("clock")["now"]
    desk.x.control("clock", sim=sim + 3600, rate=60)
    body = {"webhook_id": desk.webhook_id, "from_date": minute(sim - 3600), "to_date": minute(sim + 600)}
    job = desk.bearer.post("/2/webhooks/replay", json=body).json()["data"]
    receiver.wait_for(3)
    notice = [json.loads(delivery.raw) for delivery in receiver.got if not delivery.event]
    status = {"webhook_id": desk.webhook_id, "job_state": "Complete", "job_id": job["job_id"]}
    assert notice == [{"replay_job_status": {**status, "job_state_description": "Job completed successfully"}}]
    again = [event for event in receiver.events if event]
    assert sorted(again, key=str) == sorted(before, key=str)


def test_a_replay_of_what_is_not_settled_yet_or_of_no_time_at_all_is_refused(desk):
    desk.register()
    now = time.time()
    for from_s, to_s in ((now - 3600, now), (now - 600, now - 3600), (now - 6 * 86_400, now - 3600)):
        body = {"webhook_id": desk.webhook_id, "from_date": minute(from_s), "to_date": minute(to_s)}
        assert reason(desk.bearer.post("/2/webhooks/replay", json=body)) == "QueryParamInvalid"
    body = {"webhook_id": desk.webhook_id, "from_date": "yesterday", "to_date": minute(now - 3600)}
    assert reason(desk.bearer.post("/2/webhooks/replay", json=body)) == "QueryParamInvalid"


@pytest.mark.slow
def test_thousands_of_events_all_arrive_once(x, desk, receiver):
    """Twenty connections at once and a list of events that none is lost from."""
    desk.cares(["post.mention.create"])
    number = 3000
    now_ms = int(time.time() * 1000)
    x.control("replay", people=["manyvoices"])
    ids = x.control("replay/ids", at_ms=[now_ms - number + n for n in range(number)])["ids"]
    for start in range(0, number, 500):
        posts = [
            {"id": ids[n], "author": "manyvoices", "at_ms": now_ms, "text": f"@{desk.brand.username} call {n}"}
            for n in range(start, start + 500)
        ]
        x.control("replay", posts=posts)
    receiver.wait_for(number, seconds=60)
    assert sorted(event["payload"]["id"] for event in desk.told()) == sorted(ids)
    key = desk.app["consumer_secret"].encode()
    for delivery in receiver.got:
        signed = base64.b64encode(hmac.digest(key, delivery.raw, "sha256")).decode()
        assert delivery.signature == f"sha256={signed}"
