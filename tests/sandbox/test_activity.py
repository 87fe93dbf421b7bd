"""The X Activity API: who may subscribe to what, and which events X makes of what happens."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from careline_sandbox.deliver import registry
from careline_sandbox.deliver.event_types import canonical
from careline_sandbox.world import World
from sandbox.desk import CARE, desk_in
from sandbox.receiver import receiving

FIXTURES = Path(__file__).parent.parent / "fixtures" / "x"


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


def made(response):
    assert response.status_code == 200, response.text
    return response.json()["data"]["subscription"]


# Who may subscribe


def test_a_public_type_may_be_had_with_the_app_s_bearer_about_anybody(desk, customer):
    subscription = made(desk.subscribe("post.create", person=customer, tag="what she says"))
    assert subscription["filter"] == {"user_id": customer.id}
    assert subscription["tag"] == "what she says"
    assert subscription["event_type"] == "post.create"
    assert isinstance(subscription["subscription_id"], str)


@pytest.mark.parametrize("event_type", ["dm.received", "post.mention.create", "block.block", "chat.received"])
def test_a_private_type_is_for_the_person_it_is_about(x, desk, event_type):
    body = {"event_type": event_type, "filter": {"user_id": desk.brand.id}}
    by_app = desk.bearer.post("/2/activity/subscriptions", json=body)
    assert by_app.status_code == 403
    assert by_app.json()["title"] == "Unsupported Authentication"
    somebody = x.person("other", app=desk.app)
    assert somebody.post("/2/activity/subscriptions", body).status_code == 403
    assert made(desk.brand.post("/2/activity/subscriptions", body))["event_type"] == event_type


@pytest.mark.parametrize(("event_type", "scope"), [("dm.sent", "dm.read"), ("block.block", "block.read")])
def test_an_oauth2_token_needs_the_scope_of_the_type(x, desk, event_type, scope):
    body = {"event_type": event_type, "filter": {"user_id": desk.brand.id}}
    order = {"app_id": desk.app["id"], "person_id": desk.brand.id}
    without = x.control("tokens", **order, scopes=["users.read", "tweet.read"])
    assert x.bearer(without["access_token"]).post("/2/activity/subscriptions", json=body).status_code == 403
    sufficient = x.control("tokens", **order, scopes=[scope])
    assert made(x.bearer(sufficient["access_token"]).post("/2/activity/subscriptions", json=body))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"event_type": "post.telepathy"}, "$.event_type"),
        ({"filter": {}}, "$.filter.user_id"),
        ({"filter": {"user_id": "1", "colour": "blue"}}, "$.filter.colour"),
        ({"filter": None}, "$.filter"),
        ({"filter": {"user_id": "1", "direction": "sideways"}}, "$.filter.direction"),
        ({"tag": "x" * 201}, "$.tag"),
        ({"tag": ""}, "$.tag"),
        ({"surprise": 1}, "$.surprise"),
        ({"webhook_id": "12345"}, "WebhookIdInvalid"),
        ({"filter": {"user_id": "999999999999"}}, "$.filter.user_id"),
    ],
)
def test_what_x_s_schema_does_not_have_is_refused_and_named(desk, change, told):
    body = {"event_type": "post.create", "filter": {"user_id": desk.brand.id}, **change}
    response = desk.bearer.post("/2/activity/subscriptions", json=body)
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["message"].startswith(told)


def test_blocks_cannot_be_subscribed_to_by_direction(desk):
    body = {"event_type": "block.block", "filter": {"user_id": desk.brand.id, "direction": "inbound"}}
    assert desk.brand.post("/2/activity/subscriptions", body).status_code == 400


def test_the_same_type_and_filter_twice_is_a_duplicate(desk):
    made(desk.subscribe("dm.received"))
    again = desk.subscribe("dm.received", tag="another tag")
    assert again.status_code == 400
    assert again.json()["errors"][0]["message"].startswith("DuplicateSubscriptionFailed")


def test_the_deprecated_name_is_answered_with_the_new_one(desk):
    assert made(desk.subscribe("chat.conversation_join"))["event_type"] == "chat.conversation.join"


def test_oauth_revoke_has_no_filter(desk):
    body = {"event_type": "oauth.revoke", "filter": {}}
    assert made(desk.bearer.post("/2/activity/subscriptions", json=body))["filter"] == {}


def test_a_self_serve_app_has_1500_subscriptions_and_not_one_more(start_x, receiver, tmp_path):
    state = str(tmp_path / "x.db")
    first = start_x("--state", state)
    desk = desk_in(first, receiver)
    first.process.terminate()
    first.process.wait(timeout=10)
    world = World.connect(state)
    with world.write() as tx:
        for number in range(1499):
            row = (number + 1, int(desk.app["id"]), "post.create", number + 1, None, None, None, None, 0, 0)
            registry.add_subscription(tx, registry.Subscription(*row))
    world.close()
    again = start_x("--state", state).bearer(desk.app["bearer_token"])
    body = {"event_type": "post.create", "filter": {"user_id": desk.brand.id}}
    made(again.post("/2/activity/subscriptions", json=body))
    refused = again.post("/2/activity/subscriptions", json={**body, "event_type": "post.delete"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["message"].startswith("SubscriptionLimitExceeded")


# Keeping subscriptions


def test_subscriptions_are_listed_in_pages_changed_and_ended(desk):
    desk.cares()
    seen, params = [], {"max_results": 3}
    while True:
        page = desk.bearer.get("/2/activity/subscriptions", params=params).json()
        assert page["meta"]["total_subscriptions"] == len(CARE)
        seen += page["data"]
        if "next_token" not in page["meta"]:
            break
        params = {"max_results": 3, "pagination_token": page["meta"]["next_token"]}
    assert sorted(entry["event_type"] for entry in seen) == sorted(CARE)

    path = f"/2/activity/subscriptions/{seen[0]['subscription_id']}"
    changed = desk.bearer.put(path, json={"tag": "renamed"}).json()["data"]["subscription"]
    assert changed == {**seen[0], "tag": "renamed", "updated_at": changed["updated_at"]}

    gone = desk.bearer.delete(path).json()
    assert gone == {"data": {"deleted": True}, "meta": {"total_subscriptions": len(CARE) - 1}}
    assert desk.bearer.delete(path).status_code == 404
    ids = [seen[1]["subscription_id"], "77", seen[2]["subscription_id"]]
    many = desk.bearer.delete("/2/activity/subscriptions", params={"ids": ",".join(ids)}).json()
    assert [entry["subscription_id"] for entry in many["data"]] == [ids[0], ids[2]]
    assert many["errors"][0]["subscription_id"] == "77"
    assert many["meta"] == {"total_subscriptions": len(CARE) - 3}


def test_an_app_touches_no_other_app_s_subscriptions(x, desk):
    subscription = made(desk.subscribe("post.create"))
    stranger = x.bearer(x.app()["bearer_token"])
    assert stranger.delete(f"/2/activity/subscriptions/{subscription['subscription_id']}").status_code == 404
    assert stranger.get("/2/activity/subscriptions").json()["data"] == []


# What X would deliver, and nothing else


def test_a_mention_that_the_author_wrote_is_told(desk, customer):
    desk.cares()
    post = customer.says(f"Hello @{desk.brand.username}, where is it?")
    (event,) = desk.told()
    assert event["event_type"] == "post.mention.create"
    assert event["payload"]["id"] == post["id"]
    assert event["filter"] == {"user_id": desk.brand.id}


def test_a_direct_reply_to_the_brand_is_told_once_though_it_carries_the_brand_s_name(desk, customer):
    desk.cares()
    post = desk.brand.says("We are open again")
    answer = customer.answers(post["id"], "At last!").json()["data"]
    assert answer["text"] == f"@{desk.brand.username} At last!"
    replies = [event for event in desk.told() if event["payload"]["id"] == answer["id"]]
    assert [event["event_type"] for event in replies] == ["post.reply.create"]


def test_a_reply_to_somebody_else_that_carries_the_brand_by_itself_is_not_told(x, desk, customer):
    desk.cares()
    post = customer.says(f"@{desk.brand.username} it is broken")
    onlooker = x.person("onlooker")
    onlooker.answers(post["id"], "Same here")
    assert desk.told_types() == ["post.mention.create"]


def test_a_reply_that_also_names_the_brand_fires_both(desk, customer):
    desk.cares(["post.reply.create", "post.mention.create"])
    post = desk.brand.says("Tell us more")
    customer.answers(post["id"], f"I did, and you know it, @{desk.brand.username}!")
    assert desk.told_types() == ["post.mention.create", "post.reply.create"]
    assert len({event["payload"]["id"] for event in desk.told()}) == 1


def test_the_brand_s_own_posts_are_told_as_its_posts_and_never_as_mentions_of_itself(desk):
    desk.cares()
    first = desk.brand.says(f"Follow @{desk.brand.username} for news")
    desk.brand.answers(first["id"], "and more of them")
    assert desk.told_types() == ["post.create", "post.create"]


def test_a_quote_is_told_to_the_one_quoted(desk, customer):
    desk.cares()
    post = desk.brand.says("Our new hours")
    customer.says("Finally", quote_tweet_id=post["id"])
    assert desk.told_types() == ["post.create", "post.quote.create"]


def test_protected_people_s_posts_reach_nobody(x, desk):
    desk.cares()
    shy = x.person("shy", protected=True)
    shy.says(f"@{desk.brand.username} nobody hears me")
    post = desk.brand.says("Hello all")
    shy.answers(post["id"], "hello")
    assert desk.told_types() == ["post.create"]


def test_a_deletion_is_told_about_the_brand_s_posts_alone(desk, customer):
    desk.cares(["post.delete"])
    ours, theirs = desk.brand.says("Oops"), customer.says(f"@{desk.brand.username} never mind")
    for person, post in ((desk.brand, ours), (customer, theirs)):
        assert person.client.delete(f"/2/tweets/{post['id']}").status_code == 200
    (event,) = desk.told()
    assert event["payload"] == {"id": ours["id"], "author_id": desk.brand.id}
    assert event["includes"]["users"][0]["data"]["id"] == desk.brand.id


def test_messages_are_told_to_both_sides_that_subscribed_in_the_old_shape_without_a_conversation(desk, customer):
    desk.cares()
    received = customer.writes_to(desk.brand, "Order 4711").json()["data"]
    sent = desk.brand.writes_to(customer, "Thank you").json()["data"]
    by_type = {event["event_type"]: event["payload"] for event in desk.told()}
    (message,) = by_type["dm.received"]["direct_message_events"]
    assert message["id"] == received["dm_event_id"]
    assert message["message_create"]["sender_id"] == customer.id
    assert message["message_create"]["target"] == {"recipient_id": desk.brand.id}
    assert message["message_create"]["message_data"]["text"] == "Order 4711"
    assert by_type["dm.received"]["users"][customer.id]["data"]["username"] == customer.username
    assert by_type["dm.sent"]["direct_message_events"][0]["id"] == sent["dm_event_id"]
    assert "dm_conversation_id" not in json.dumps(desk.told())


def test_the_sender_is_told_that_a_message_was_read(x, desk, customer):
    desk.cares(["dm.read"])
    sent = desk.brand.writes_to(customer, "Seen?")
    if sent.status_code == 403:  # a self-serve desk is written to first
        customer.writes_to(desk.brand, "Hello")
        sent = desk.brand.writes_to(customer, "Seen?")
    x.control("dm_read", reader_id=customer.id, dm_id=sent.json()["data"]["dm_event_id"])
    (event,) = desk.told()
    (read,) = event["payload"]["direct_message_mark_read_events"]
    assert read["sender_id"] == customer.id
    assert read["target"] == {"recipient_id": desk.brand.id}
    assert read["last_read_event_id"] == sent.json()["data"]["dm_event_id"]


def test_blocking_is_told_to_the_one_who_blocks_alone(x, desk, customer):
    desk.cares([])
    for event_type in ("block.block", "block.unblock"):
        made(desk.subscribe(event_type, webhook_id=desk.webhook_id))
    x.control("block", source_id=customer.id, target_id=desk.brand.id)
    x.control("block", source_id=desk.brand.id, target_id=customer.id)
    x.control("unblock", source_id=desk.brand.id, target_id=customer.id)
    told = desk.told()
    assert [event["event_type"] for event in sorted(told, key=lambda event: event["event_type"])] == [
        "block.block",
        "block.unblock",
    ]
    assert told[0]["payload"]["source"]["data"]["id"] == desk.brand.id
    assert told[0]["payload"]["target"]["data"]["id"] == customer.id


# The shapes


def keys(value, path=""):
    """Every path of keys in a JSON value, list positions and ids left out."""
    if isinstance(value, list):
        return {found for entry in value for found in keys(entry, f"{path}[]")}
    if not isinstance(value, dict):
        return {path}
    return {found for key, entry in value.items() for found in keys(entry, f"{path}/{'ID' if key.isdigit() else key}")}


# What the local X does not know of people and of posts, and therefore leaves out.
LEFT_OUT = (
    "affiliation",
    "entities/url",
    "entities/description",
    "location",
    "pinned_tweet_id",
    "most_recent_tweet_id",
)
LEFT_OUT_OF_USERS = (*LEFT_OUT, "profile_banner_url", "profile_geo_enrichment", "/url")


def story(x, desk, customer):
    """One event of each kind, by type."""
    desk.cares()
    ours = desk.brand.says("Our new hours")
    customer.says(f"hey @{desk.brand.username}")
    customer.answers(ours["id"], "Good")
    customer.says("Finally", quote_tweet_id=ours["id"])
    customer.writes_to(desk.brand, "hello!")
    desk.brand.writes_to(customer, "hello back")
    desk.brand.client.delete(f"/2/tweets/{ours['id']}")
    return {event["event_type"]: event for event in desk.told()}


@pytest.fixture
def told(x, desk, customer):
    return story(x, desk, customer)


def samples(folder, pattern):
    """By event type, the events in a folder."""
    found = {}
    for path in sorted(folder.glob(pattern)):
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        if data["payload"]:
            found.setdefault(data["event_type"], data)
    return found


def assert_like(event, sample):
    """Our event says nothing that the sample does not, and leaves out only what the sandbox has no idea of."""
    ours, theirs = keys(event), keys(sample)
    assert ours - theirs == set()
    missing = {path for path in theirs - ours if not any(part in path for part in LEFT_OUT_OF_USERS)}
    assert missing == set()


SHAPES = sorted(set(CARE) - {"dm.read"})


@pytest.mark.parametrize("event_type", SHAPES)
def test_events_have_the_shape_of_the_hand_written_samples(told, event_type):
    assert_like(told[event_type], samples(FIXTURES, f"event_{event_type.replace('.', '_')}.json")[event_type])


SHARED = Path(os.environ.get("CARELINE_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "x-payloads"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="CARELINE_SHARED has no x-payloads")
@pytest.mark.parametrize("event_type", SHAPES)
def test_events_have_the_shape_of_x_s_own_samples(told, event_type):
    assert_like(told[event_type], samples(SHARED, "x-api__activity__event-payloads-*.json")[event_type])


def test_event_ids_are_64_bit_numbers_of_either_sign_and_posts_have_their_own(told):
    for event_type in ("post.create", "post.mention.create"):
        assert told[event_type]["event_uuid"] == told[event_type]["payload"]["id"]
    others = [int(event["event_uuid"]) for event in told.values()]
    assert all(-(2**63) <= number < 2**63 for number in others)
    assert len(set(others)) == len(others)


def test_every_known_event_type_is_its_own_canonical_name():
    assert all(canonical(event_type) == event_type for event_type in CARE)
    assert canonical("post.telepathy") is None
