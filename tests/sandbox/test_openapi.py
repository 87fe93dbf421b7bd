"""Every request and answer held against X's own OpenAPI description; each deviation has its line in the waivers.

`openapi_waivers.txt` says for each deviation where it is, why, and whose word it follows instead. A deviation without
a line fails, and so does a line without a deviation.
"""

from __future__ import annotations

import base64
import fnmatch
import io
import os
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from careline_sandbox.app import build
from careline_sandbox.clock import Clock
from careline_sandbox.world import World
from sandbox.described import Description, Exchange
from sandbox.desk import CARE, desk_in
from sandbox.films import film
from sandbox.listening import listening
from sandbox.receiver import receiving

SHARED = Path(os.environ.get("CARELINE_SHARED", Path(__file__).parents[3] / "shared"))
OPENAPI = SHARED / "data" / "x-openapi" / "openapi.json"
WAIVERS = Path(__file__).parent / "openapi_waivers.txt"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not OPENAPI.is_file(), reason="CARELINE_SHARED has no x-openapi"),
]


class Recorder:
    """Keeps every exchange of the clients that it listens to."""

    def __init__(self):
        self.exchanges = []

    def listen(self, client):
        client.event_hooks = {"response": [self.keep]}
        return client

    def keep(self, response):
        request = response.request
        self.exchanges.append(
            Exchange(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode(),
                sent=request.read(),
                sent_type=request.headers.get("content-type", ""),
                status=response.status_code,
                got=response.read(),
                got_type=response.headers.get("content-type", ""),
            )
        )


POST_FIELDS = {
    "tweet.fields": "attachments,author_id,conversation_id,created_at,display_text_range,edit_controls,entities,"
    "in_reply_to_user_id,lang,possibly_sensitive,public_metrics,referenced_tweets,reply_settings",
    "expansions": "author_id,referenced_tweets.id,attachments.media_keys,in_reply_to_user_id",
    "user.fields": "created_at,description,profile_image_url,protected,public_metrics,verified,verified_type,"
    "receives_your_dm,connection_status",
    "media.fields": "url,width,height",
}
NEW_FIELDS = {
    "post.fields": "attachments,conversation_id,created_at,edit_controls,entities,lang,public_metrics",
    "expansions": "author_id,referenced_posts,attachments.media_keys,in_reply_to_user_id",
    "user.fields": "public_metrics,created_at",
    "media.fields": "url,width,height",
}
OLD_DM_FIELDS = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,sender_id,text,"
    "participant_ids,referenced_tweets",
    "expansions": "attachments.media_keys,referenced_tweets.id,sender_id",
    "user.fields": "username",
    "event_types": "MessageCreate",
}
NEW_DM_FIELDS = {
    "post.fields": "created_at",
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "expansions": "attachments.media_keys,sender_id,referenced_posts",
    "max_results": "50",
}


def picture():
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, "PNG")
    return content.getvalue()


def upload(person, category):
    body = {"media": base64.b64encode(picture()).decode(), "media_category": category}
    return person.post("/2/media/upload", body).json()["data"]["id"]


def about_posts(brand, customer):
    """Posts, timelines and search in both spellings, and what goes wrong with them."""
    asked = customer.says(f"@{brand.username} where is it? https://example.com/order/4711")
    shown = customer.says(f"@{brand.username} look", media={"media_ids": [upload(customer, "tweet_image")]})
    link = f"https://x.com/messages/compose?recipient_id={brand.id}"
    answer = brand.answers(asked["id"], "Sorry! Please write to us.", direct_message_deep_link=link).json()["data"]
    both = f"{asked['id']},{shown['id']},{answer['id']},1"
    for fields in ({}, POST_FIELDS, NEW_FIELDS):
        brand.get("/2/tweets", ids=both, **fields)
        brand.get(f"/2/tweets/{answer['id']}", **fields)
        brand.get(f"/2/users/{brand.id}/mentions", max_results="5", since_id="1", **fields)
        brand.get(f"/2/users/{brand.id}/tweets", **fields)
        query = f"conversation_id:{asked['id']} to:{customer.username}"
        brand.get("/2/tweets/search/recent", query=query, max_results="10", **fields)
    brand.get("/2/tweets/1")
    brand.get("/2/users/77/mentions", max_results="4")
    brand.get("/2/tweets/search/recent")
    brand.post("/2/tweets", {"text": "twice"})
    brand.post("/2/tweets", {"text": "twice"})
    brand.post("/2/tweets", {})
    brand.client.delete(f"/2/tweets/{answer['id']}")
    brand.client.delete("/2/tweets/1")


def about_people(brand, customer):
    fields = {"user.fields": POST_FIELDS["user.fields"]}
    for extra in ({}, fields, {**fields, "post.fields": "id"}):
        brand.get("/2/users/me", **extra)
        brand.get(f"/2/users/{customer.id}", **extra)
        brand.get("/2/users", ids=f"{customer.id},77", **extra)
        brand.get("/2/users/by", usernames=f"{customer.username},nobody_at_all", **extra)
        brand.get(f"/2/users/by/username/{customer.username}", **extra)
    brand.get("/2/users/77")


def about_messages(brand, customer):
    hello = customer.writes_to(brand, "Order 4711, see https://example.com").json()["data"]
    attachments = [{"media_id": upload(customer, "dm_image")}]
    sent = customer.post(
        f"/2/dm_conversations/{hello['dm_conversation_id']}/messages", {"text": "here", "attachments": attachments}
    ).json()["data"]
    brand.writes_to(customer, "Thank you")
    for fields in ({}, OLD_DM_FIELDS, NEW_DM_FIELDS):
        brand.get("/2/dm_events", **fields)
        brand.get(f"/2/dm_conversations/with/{customer.id}/dm_events", **fields)
        brand.get(f"/2/dm_conversations/{hello['dm_conversation_id']}/dm_events", **fields)
    brand.get(f"/2/dm_events/{sent['dm_event_id']}", **{"dm_event.fields": "attachments,created_at"})
    token = brand.get("/2/dm_events", max_results="1").json()["meta"]["next_token"]
    brand.get("/2/dm_events", max_results="1", pagination_token=token)
    page = brand.get(
        "/2/dm_events",
        **{"dm_event.fields": "attachments", "expansions": "attachments.media_keys", "media.fields": "url"},
    )
    url = page.json()["includes"]["media"][0]["url"]
    dm_id, media_id, name = url.split("/")[-3:]
    resource = name.rpartition(".")[0] or name
    brand.get(f"/2/dm_conversations/media/{dm_id}/{media_id}/{resource}")
    customer.client.delete(f"/2/dm_events/{sent['dm_event_id']}")
    brand.get("/2/dm_events/77")
    brand.post("/2/dm_conversations/with/77/messages", {"text": "nobody"})
    brand.post(f"/2/dm_conversations/with/{customer.id}/messages", {})


def about_media(brand, customer):
    """A video in pieces from first to last, its look-ups, and what goes wrong on the way."""
    content, pieces = film(), "/2/media/upload"
    begin = {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": len(content), "shared": False}
    media_id = brand.post(f"{pieces}/initialize", {**begin, "additional_owners": [customer.id]}).json()["data"]["id"]
    brand.client.post(f"{pieces}/{media_id}/finalize")
    brand.post(f"{pieces}/{media_id}/append", {"media": base64.b64encode(content).decode(), "segment_index": 0})
    brand.client.post(f"{pieces}/{media_id}/append", files={"media": ("a", content)}, data={"segment_index": "0"})
    brand.client.post(f"{pieces}/{media_id}/finalize")
    brand.get(pieces, media_id=media_id, command="STATUS")
    brand.post("/2/media/metadata", {"id": media_id, "metadata": {"alt_text": {"text": "A parcel"}}})
    brand.get(pieces, media_id="77")
    broken = brand.post(f"{pieces}/initialize", {"media_category": "dm_video"}).json()["data"]["id"]
    brand.post(f"{pieces}/{broken}/append", {"media": base64.b64encode(b"no film").decode(), "segment_index": 0})
    brand.client.post(f"{pieces}/{broken}/finalize")
    everything = {"media.fields": "alt_text,duration_ms,height,preview_image_url,type,url,variants,width"}
    brand.get(f"/2/media/7_{media_id}", **everything)
    brand.get("/2/media", media_keys=f"7_{media_id},3_77", **everything)
    while not all(_is_done(brand.get(pieces, media_id=told)) for told in (media_id, broken)):
        pass
    made = brand.says("look", media={"media_ids": [media_id]})
    brand.get(f"/2/tweets/{made['id']}", **{**POST_FIELDS, **everything})


def _is_done(answer):
    """Whether X is through with an upload; waits as long as it says before it is asked again."""
    told = answer.json()["data"]["processing_info"]
    time.sleep(told.get("check_after_secs", 0))
    return told["state"] in ("succeeded", "failed")


def about_activity(desk):
    assert desk.cares().webhook_id
    desk.bearer.get("/2/webhooks", params={"webhook_config.fields": "id,url"})
    desk.bearer.get("/2/webhooks")
    desk.bearer.put(f"/2/webhooks/{desk.webhook_id}")
    desk.bearer.post("/2/webhooks", json={"url": "http://care.example.com"})
    day = {"from_date": "202601010000", "to_date": "202601010100"}
    desk.bearer.post("/2/webhooks/replay", json={"webhook_id": desk.webhook_id, **day})
    token = desk.bearer.get("/2/activity/subscriptions", params={"max_results": 5}).json()["meta"]["next_token"]
    desk.bearer.get("/2/activity/subscriptions", params={"max_results": 5, "pagination_token": token})
    made = [desk.subscribe(f"block.{kind}").json()["data"]["subscription"] for kind in ("block", "unblock")]
    one, other = (subscription["subscription_id"] for subscription in made)
    desk.bearer.put(f"/2/activity/subscriptions/{one}", json={"tag": "renamed"})
    desk.bearer.delete(f"/2/activity/subscriptions/{one}")
    desk.bearer.delete(f"/2/activity/subscriptions/{one}")
    desk.bearer.delete("/2/activity/subscriptions", params={"ids": f"{other},77"})
    desk.bearer.post("/2/activity/subscriptions", json={"event_type": "dm.sent", "filter": {"user_id": desk.brand.id}})
    desk.bearer.get("/2/activity/stream", params={"backfill_minutes": "6"})


def about_tokens(x, desk, recorder):
    app, plain = desk.app, recorder.listen(httpx.Client(base_url=x.url))
    basic = httpx.BasicAuth(app["consumer_key"], app["consumer_secret"])
    plain.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=basic)
    refresh = {"grant_type": "refresh_token", "refresh_token": desk.brand.tokens["refresh_token"]}
    plain.post("/2/oauth2/token", data={**refresh, "client_id": app["client_id"]})
    plain.get("/2/users/me")
    plain.get("/2/nothing/of/that/name")
    plain.close()


def events_of_a_stream(x, desk, customer):
    """A stream's lines, with one event of each kind that a desk cares for."""
    with listening(x.url, desk.app["bearer_token"]) as stream:
        ours = desk.brand.says("New hours")
        customer.says(f"hey @{desk.brand.username}")
        customer.answers(ours["id"], "Good")
        customer.writes_to(desk.brand, "hello!")
        desk.brand.writes_to(customer, "hello back")
        desk.brand.client.delete(f"/2/tweets/{ours['id']}")
        stream.wait_for(6)
        for number in range(8):  # until an id of the kind that the description does not know has come
            if any(event["event_uuid"].startswith("-") for event in stream.events):
                break
            told = len(stream.events)
            customer.writes_to(desk.brand, f"hello {number}")
            stream.wait_for(told + 1)
        return "\r\n".join(stream.lines).encode()


@pytest.fixture(scope="module")
def exchanges(x):
    """What a desk, a customer and their mistakes said, and were told."""
    recorder = Recorder()
    with receiving() as receiver:
        desk = desk_in(x, receiver)
        customer = x.person("cust")
        for client in (desk.bearer, desk.brand.client, customer.client):
            recorder.listen(client)
        about_activity(desk)
        about_posts(desk.brand, customer)
        about_people(desk.brand, customer)
        about_messages(desk.brand, customer)
        about_media(desk.brand, customer)
        lines = events_of_a_stream(x, desk, customer)
        about_tokens(x, desk, recorder)
        assert set(CARE) >= {event["event_type"] for event in desk.told()}
        desk.bearer.delete(f"/2/webhooks/{desk.webhook_id}")
    recorder.exchanges.append(
        Exchange("GET", "/2/activity/stream", "", b"", "", 200, lines, "application/json; charset=utf-8")
    )
    return recorder.exchanges


@pytest.fixture(scope="module")
def deviations(exchanges):
    description = Description(OPENAPI)
    return {
        f"{one.method} {template} | {where}" for one in exchanges for template, where in description.deviations(one)
    }


def waivers():
    """(pattern, whole line) of every line that is neither empty nor a comment."""
    lines = [line for line in WAIVERS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [(" | ".join(part.strip() for part in line.split(" | ")[:2]), line) for line in lines]


def covers(pattern, deviation):
    """Whether a line is about a deviation: "*" stands for anything, "[]" for itself."""
    return fnmatch.fnmatchcase(deviation, pattern.replace("[]", "[[]]"))


def test_every_deviation_has_its_line(deviations):
    patterns = [pattern for pattern, _ in waivers()]
    without = {deviation for deviation in deviations if not any(covers(pattern, deviation) for pattern in patterns)}
    assert "\n".join(sorted(without)) == ""


def test_every_line_has_its_deviation(deviations):
    idle = [line for pattern, line in waivers() if not any(covers(pattern, deviation) for deviation in deviations)]
    assert idle == []


def test_every_line_says_where_why_and_by_whose_word():
    for _, line in waivers():
        assert [bool(part.strip()) for part in line.split(" | ")] == [True] * 4, line


def test_every_endpoint_was_called_with_success(exchanges):
    routes = {
        (method, route.path)
        for route in build(World.connect(":memory:"), Clock()).routes
        for method in route.methods - {"HEAD"}
        if route.path.startswith("/2/") and "oauth2" not in route.path
    }
    description = Description(OPENAPI)
    called = {(one.method, description.template(one)) for one in exchanges if one.status < 300}
    settled_later = {("POST", "/2/webhooks/replay")}  # asks for times past, which test_webhooks brings about
    assert routes - called == settled_later


def test_a_deviation_would_be_noticed(exchanges):
    """The yardstick itself: spoil a good exchange in each of its places."""
    description = Description(OPENAPI)
    good = next(one for one in exchanges if one.path == "/2/tweets" and one.method == "POST" and one.status == 201)
    spoilt = [
        (Exchange(**{**vars(good), "query": "colour=blue"}), "query colour: is not described"),
        (Exchange(**{**vars(good), "sent": b'{"text": 3}'}), "request text: does not keep type"),
        (Exchange(**{**vars(good), "got": b'{"data": {"id": 5, "text": ""}}'}), "201 data.id: does not keep type"),
        (Exchange(**{**vars(good), "got": b'{"data": {"id": "5"}}'}), "201 data: text is a required property"),
        (Exchange(**{**vars(good), "status": 202}), "202: is not described"),
        (Exchange(**{**vars(good), "path": "/2/twits"}), "path"),
    ]
    for exchange, expected in spoilt:
        assert expected in {where for _, where in description.deviations(exchange)}
