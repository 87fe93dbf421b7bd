"""The activity stream: events as they happen, heart-beats in between, backfill after a break."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest

from careline_sandbox.clock import Clock
from careline_sandbox.deliver import office as delivery
from careline_sandbox.deliver import registry, streams
from careline_sandbox.faults import FaultBook
from careline_sandbox.world import World, happenings, people, posts
from sandbox.desk import CARE, desk_in
from sandbox.listening import listening
from sandbox.receiver import eventually, receiving


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def desk(x, receiver):
    """An app that listens to the stream alone: it has no webhook."""
    desk = desk_in(x, receiver)
    for event_type in CARE:
        assert desk.subscribe(event_type).status_code == 200
    return desk


@pytest.fixture
def customer(x):
    return x.person("cust")


def stream_of(desk, **params):
    return listening(desk.x.url, desk.app["bearer_token"], **params)


def test_events_come_line_by_line_as_they_happen(desk, customer):
    with stream_of(desk) as stream:
        first = customer.says(f"hey @{desk.brand.username}")
        assert stream.wait_for(1)[0]["payload"]["id"] == first["id"]
        customer.writes_to(desk.brand, "line one\nline two")
        event = stream.wait_for(2)[1]
        message = event["payload"]["direct_message_events"][0]["message_create"]["message_data"]
        assert message["text"] == "line one\nline two"


def test_an_event_goes_to_the_webhook_and_to_the_open_stream(x, receiver, customer):
    desk = desk_in(x, receiver).cares(["post.mention.create"])
    with stream_of(desk) as stream:
        customer.says(f"hey @{desk.brand.username}")
        assert stream.wait_for(1) == receiver.wait_for(1)


def test_both_streams_of_an_app_get_everything_and_a_third_is_refused(desk, customer):
    with stream_of(desk) as one, stream_of(desk) as two:
        refused = desk.bearer.get("/2/activity/stream")
        assert refused.status_code == 429
        assert refused.json()["connection_issue"] == "TooManyConnections"
        customer.says(f"hey @{desk.brand.username}")
        assert one.wait_for(1) == two.wait_for(1)
    eventually(lambda: not streams_of(desk))
    with stream_of(desk):
        assert len(streams_of(desk)) == 1


def streams_of(desk):
    found = desk.x.http.get("/_sandbox/deliveries").json()["streams"]
    return [stream for stream in found if stream["app_id"] == desk.app["id"]]


def test_the_stream_is_for_the_app_s_bearer_alone(desk):
    assert desk.brand.get("/2/activity/stream").status_code == 403
    assert desk.x.http.get("/2/activity/stream").status_code == 401


@pytest.mark.parametrize("params", [{"backfill_minutes": "6"}, {"start_time": "yesterday"}, {"colour": "blue"}])
def test_what_the_stream_does_not_take_is_refused(desk, params):
    assert desk.bearer.get("/2/activity/stream", params=params).status_code == 400


def test_backfill_brings_what_was_missed_before_what_comes_with_the_same_ids(desk, customer):
    with stream_of(desk) as stream:
        customer.says(f"@{desk.brand.username} heard")
        heard = stream.wait_for(1)
    customer.says(f"@{desk.brand.username} missed")
    with stream_of(desk, backfill_minutes=5) as stream:
        missed = stream.wait_for(2)
        customer.says(f"@{desk.brand.username} live")
        texts = [event["payload"]["text"].split()[-1] for event in stream.wait_for(3)]
    assert missed[0]["event_uuid"] == heard[0]["event_uuid"]
    assert missed[0]["payload"] == heard[0]["payload"]
    assert texts == ["heard", "missed", "live"]


def test_without_backfill_what_was_missed_stays_missed(desk, customer):
    customer.says(f"@{desk.brand.username} missed")
    desk.told()
    with stream_of(desk) as stream:
        customer.says(f"@{desk.brand.username} live")
        (event,) = stream.wait_for(1)
    assert event["payload"]["text"].endswith("live")


def test_backfill_brings_nothing_from_before_the_subscription(x, receiver, customer):
    desk = desk_in(x, receiver)
    customer.says(f"@{desk.brand.username} too early")
    time.sleep(0.002)  # times are milliseconds: the subscription has to be younger than the post
    desk.subscribe("post.mention.create")
    customer.says(f"@{desk.brand.username} in time")
    with stream_of(desk, backfill_minutes=5) as stream:
        (event,) = stream.wait_for(1)
    assert event["payload"]["text"].endswith("in time")


def test_a_stretch_of_the_past_can_be_had_by_its_times_and_ends_the_stream(desk, customer):
    begun = datetime.now(UTC)
    customer.says(f"@{desk.brand.username} in the stretch")
    desk.told()
    ended = datetime.now(UTC)
    eventually(lambda: datetime.now(UTC) - ended > timedelta(milliseconds=2))  # X's times are whole milliseconds
    customer.says(f"@{desk.brand.username} after it")
    desk.told()
    times = {"start_time": begun.isoformat(), "end_time": ended.isoformat()}
    with stream_of(desk, **times) as stream:
        stream.wait_for_the_end()
    (event,) = stream.events
    assert event["payload"]["text"].endswith("in the stretch")


def test_backfill_brings_recorded_posts_too_which_were_said_long_ago_but_happened_now(x, desk):
    x.control("replay", people=["old_voice"])
    long_ago = 1_509_487_707_000
    (post_id,) = x.control("replay/ids", at_ms=[long_ago])["ids"]
    post = {"id": post_id, "author": "old_voice", "at_ms": long_ago, "text": f"@{desk.brand.username} from 2017"}
    x.control("replay", posts=[post])
    desk.told()
    with stream_of(desk, backfill_minutes=1) as stream:
        (event,) = stream.wait_for(1)
    assert event["payload"]["id"] == post_id
    assert event["payload"]["created_at"] == "2017-10-31T22:08:27.000Z"


def test_a_deleted_post_is_not_told_again(desk, customer):
    post = customer.says(f"@{desk.brand.username} delete me")
    desk.told()
    customer.client.delete(f"/2/tweets/{post['id']}")
    customer.says(f"@{desk.brand.username} keep me")
    with stream_of(desk, backfill_minutes=5) as stream:
        (event,) = stream.wait_for(1)
    assert event["payload"]["text"].endswith("keep me")


def test_the_sandbox_stops_at_once_though_streams_are_open(start_x, receiver):
    desk = desk_in(start_x(), receiver)
    with stream_of(desk) as stream:
        desk.x.process.terminate()
        assert desk.x.process.wait(timeout=5) == 0
        stream.wait_for_the_end()


def test_deliveries_go_on_after_a_moment_in_which_the_state_could_not_be_read(monkeypatch):
    read, failures = happenings.after, [sqlite3.OperationalError("disk I/O error")]

    def unreliable(*arguments):
        if failures:
            raise failures.pop()
        return read(*arguments)

    monkeypatch.setattr(happenings, "after", unreliable)
    monkeypatch.setattr(delivery, "_AGAIN_S", 0.01)

    async def told_after_all():
        world = World.connect(":memory:")
        office = delivery.open_office(world, Clock(), book=FaultBook())
        with world.write() as tx:
            people.add(tx, "brand", person_id=1, at_ms=0)
            wanted = registry.Subscription(5, 7, "post.create", 1, None, None, None, None, 0, 0)
            registry.add_subscription(tx, wanted)
        delivery.refresh(office)
        stream = streams.Stream(app_id=7)
        office.open_streams.append(stream)
        await delivery.start(office)
        with world.write() as tx:
            posts.add(tx, post_id=9, author_id=1, text="hello", written="hello", at_ms=0, entities={})
        body = await asyncio.wait_for(stream.lines.get(), 5)
        await delivery.stop(office)
        world.close()
        return body

    assert b'"hello"' in asyncio.run(told_after_all())
    assert failures == []


async def nothing():
    for line in ():
        yield line


def test_silence_is_filled_with_heart_beats():
    async def first_lines():
        stream = streams.Stream(app_id=1)
        wire = streams.written(stream, nothing(), heartbeat_s=0.01)
        lines = [await anext(wire) for _ in range(3)]
        streams.tell(stream, b"{}")
        while lines[-1] == b"\r\n":
            lines.append(await anext(wire))
        return lines

    lines = asyncio.run(first_lines())
    assert set(lines[:3]) == {b"\r\n"}
    assert lines[-1] == b"{}\r\n"


def test_heart_beats_come_at_least_every_twenty_seconds():
    assert streams.HEARTBEAT_S <= 20


def test_a_client_that_does_not_read_is_cut_off_with_x_s_notice():
    async def flooded():
        stream = streams.Stream(app_id=1, lines=asyncio.Queue(10))
        for number in range(11):
            streams.tell(stream, b"%d" % number)
        return [line async for line in streams.written(stream, nothing(), heartbeat_s=5)]

    lines = asyncio.run(flooded())
    assert lines[0] == b"\r\n"
    assert b"UpstreamOperationalDisconnect" in lines[1]
    assert len(lines) == 2
