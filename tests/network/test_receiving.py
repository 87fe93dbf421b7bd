"""Collecting, connecting, streaming and fetching against the served sandbox."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image

from careline.channels.base import Auth, Collected, Fetched, Limit, Marks, Problem
from careline.channels.x.ids import first_id_at
from careline.domain.facts import DmSeen, PostSeen
from careline.network.stream import Stream, StreamBroken, StreamRefused, open_stream
from careline.store.models import RateWindow
from careline.store.scoped import scoped
from network.conftest import Brand, X, now_ms, order_fault
from sandbox.served import Person, Served


def _facts(collected: Collected) -> list[object]:
    return [fact for payload in collected.payloads for fact in X.parse(payload).facts]


def _texts(collected: Collected) -> list[str]:
    return [fact.text for fact in _facts(collected) if isinstance(fact, PostSeen | DmSeen)]


def _collect(brand: Brand, marks: Marks) -> Collected:
    return brand.run(X.collect(brand.id, marks, now_ms()))


def test_law_1_lists_bring_what_no_stream_brought_oldest_first(brand: Brand, mia: Person) -> None:
    question = mia.says(f"@{brand.person.username} first & foremost")
    brand.send(brand.answer(question["id"], "second"))
    mia.writes_to(brand.person, "third")
    brand.send(brand.message(mia, "fourth"))
    collected = _collect(brand, Marks())
    assert _texts(collected) == [f"@{brand.person.username} first & foremost", "second", "third", "fourth"]
    assert collected.covered
    assert not collected.trouble
    assert all(X.parse(payload).account_id == brand.id for payload in collected.payloads)
    assert {person.handle for payload in collected.payloads for person in X.parse(payload).profiles} == {
        mia.username,
        brand.person.username,
    }


def test_marks_leave_out_what_is_known(brand: Brand, mia: Person, x: Served) -> None:
    for number in range(3):
        mia.says(f"@{brand.person.username} old {number}")
        mia.writes_to(brand.person, f"old message {number}")
    known = x.state()
    marks = Marks(
        post_id=max((one["id"] for one in known["posts"]), key=int),
        dm_id=max((one["id"] for one in known["dms"]), key=int),
    )
    mia.says(f"@{brand.person.username} new")
    mia.writes_to(brand.person, "new message")
    collected = _collect(brand, marks)
    assert _texts(collected) == [f"@{brand.person.username} new", "new message"]
    assert collected.marks == marks, "what was made in the last minutes is read once more"


def test_marks_move_over_settled_ground_only(brand: Brand, mia: Person) -> None:
    mia.says(f"@{brand.person.username} hello")
    later = now_ms() + 3_600_000
    collected = brand.run(X.collect(brand.id, Marks(), later))
    post = next(fact for fact in _facts(collected) if isinstance(fact, PostSeen))
    assert collected.marks.post_id == post.id
    assert int(_collect(brand, Marks()).marks.post_id or 0) < int(post.id)


def test_many_pages_come_in_order(brand: Brand, mia: Person, x: Served) -> None:
    for number in range(130):
        x.control("posts", author=mia.username, text=f"@{brand.person.username} number {number}")
        x.control("dms", **{"from": mia.username, "to": brand.person.username, "text": f"message {number}"})
    collected = _collect(brand, Marks(post_id=first_id_at(now_ms() - 60_000), dm_id=first_id_at(now_ms() - 60_000)))
    assert [text for text in _texts(collected) if "message" in text] == [f"message {number}" for number in range(130)]
    assert len(collected.payloads) == 260


def test_a_list_that_fails_keeps_its_mark_and_says_why(brand: Brand, mia: Person, x: Served) -> None:
    mia.says(f"@{brand.person.username} hello")
    mia.writes_to(brand.person, "a message")
    order_fault(x, target="GET /2/users/{id}/tweets", kind="status:503")
    collected = brand.run(X.collect(brand.id, Marks(), now_ms() + 3_600_000))
    assert collected.trouble
    assert collected.marks.post_id is None
    assert collected.marks.dm_id is not None
    assert "a message" in _texts(collected)


def test_an_outage_longer_than_the_lists_remember_is_told(brand: Brand, mia: Person) -> None:
    mia.writes_to(brand.person, "a message")
    long_ago = first_id_at(now_ms() - 40 * 24 * 3600 * 1000)
    assert not _collect(brand, Marks(dm_id=long_ago)).covered
    assert _collect(brand, Marks(dm_id=first_id_at(now_ms() - 3600 * 1000))).covered


def _subscriptions(x: Served, brand: Brand) -> list[dict]:
    return x.bearer(brand.app_keys["bearer_token"]).get("/2/activity/subscriptions").json().get("data", [])


def test_connecting_makes_what_is_missing_and_nothing_twice(brand: Brand, x: Served) -> None:
    assert brand.run(X.connect(brand.id, now_ms())) is None
    made = _subscriptions(x, brand)
    assert len(made) == 8
    x.bearer(brand.app_keys["bearer_token"]).delete(f"/2/activity/subscriptions/{made[0]['subscription_id']}")
    assert brand.run(X.connect(brand.id, now_ms())) is None
    assert brand.run(X.connect(brand.id, now_ms())) is None
    again = _subscriptions(x, brand)
    assert sorted(one["event_type"] for one in again) == sorted(one["event_type"] for one in made)


def test_connecting_with_oauth_2_alone(brand: Brand, x: Served) -> None:
    brand.account.secrets = {"access_token": brand.account.secrets["access_token"]}
    brand.account.save()
    assert brand.run(X.connect(brand.id, now_ms())) is None


def test_what_may_not_be_had_does_not_keep_the_rest_away(brand: Brand, x: Served) -> None:
    order_fault(x, target="POST /2/activity/subscriptions", kind="status:403", count=1)
    problem = brand.run(X.connect(brand.id, now_ms()))
    assert isinstance(problem, Problem)
    assert problem.detail.startswith("post.create:")
    assert len(_subscriptions(x, brand)) == 7


@pytest.fixture
def webhook() -> Iterator[Callable[[str], str]]:
    """A web server that answers X's challenge as the desk does; called with a secret, gives its address."""
    servers = []

    def start(secret: str) -> str:
        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = X.handshake(dict(parse_qsl(urlsplit(self.path).query)), secret)
                self.send_response(200 if answer else 400)
                self.end_headers()
                self.wfile.write(answer or b"")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/in/x"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_webhook_is_registered_once_and_carried_by_every_subscription(
    brand: Brand, x: Served, webhook: Callable[[str], str]
) -> None:
    assert brand.run(X.connect(brand.id, now_ms())) is None
    url = webhook(brand.app_keys["consumer_secret"])
    assert brand.run(X.connect(brand.id, now_ms(), url)) is None
    assert brand.run(X.connect(brand.id, now_ms(), url)) is None
    [registered] = x.bearer(brand.app_keys["bearer_token"]).get("/2/webhooks").json()["data"]
    subscriptions = _subscriptions(x, brand)
    assert len(subscriptions) == 8
    assert {one["webhook_id"] for one in subscriptions} == {registered["id"]}


def test_a_door_that_answers_wrongly_is_a_problem_in_words(brand: Brand, webhook: Callable[[str], str]) -> None:
    problem = brand.run(X.connect(brand.id, now_ms(), webhook("another secret")))
    assert isinstance(problem, Problem)
    assert "Crc" in problem.detail


def _read(stream: Stream, wanted: int) -> list[object]:
    facts: list[object] = []
    for line in stream:
        if line:
            facts += X.parse(line).facts
        if len(facts) >= wanted:
            break
    return facts


def test_the_stream_brings_posts_and_messages_as_they_happen(brand: Brand, mia: Person, x: Served) -> None:
    assert brand.run(X.connect(brand.id, now_ms())) is None
    with open_stream(brand.session(), X.stream(0)) as stream:
        mia.says(f"@{brand.person.username} are you there?")
        mia.writes_to(brand.person, "in private")
        facts = _read(stream, 2)
    assert {fact.text for fact in facts} == {f"@{brand.person.username} are you there?", "in private"}


def test_what_happened_while_away_is_filled_in(brand: Brand, mia: Person) -> None:
    assert brand.run(X.connect(brand.id, now_ms())) is None
    mia.writes_to(brand.person, "nobody was listening")
    with open_stream(brand.session(), X.stream(5)) as stream:
        assert "nobody was listening" in {getattr(fact, "text", "") for fact in _read(stream, 1)}


def test_a_stream_that_x_ends_is_broken_not_finished(brand: Brand, mia: Person, x: Served) -> None:
    assert brand.run(X.connect(brand.id, now_ms())) is None
    with open_stream(brand.session(), X.stream(0)) as stream:
        order_fault(x, target="stream", kind="disconnect", count=1)
        mia.writes_to(brand.person, "bye")
        with pytest.raises(StreamBroken):
            list(stream)


def test_a_stream_stops_at_once_when_told_from_another_thread(brand: Brand) -> None:
    with open_stream(brand.session(), X.stream(0)) as stream:
        lines = iter(stream)
        waiter = threading.Timer(0.3, stream.stop)
        waiter.start()
        began = time.monotonic()
        assert [line for line in lines if line] == []
        assert time.monotonic() - began < 4


def test_more_streams_than_x_allows_are_refused_with_its_words(brand: Brand) -> None:
    call, session = X.stream(0), brand.session()
    with (
        open_stream(session, call),
        open_stream(session, call),
        pytest.raises(StreamRefused) as refusal,
        open_stream(session, call),
    ):
        pass
    assert refusal.value.reply.status in (403, 429)
    assert b"connection" in refusal.value.reply.body.lower()


def _picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (12, 8), "teal").save(data, "PNG")
    return data.getvalue()


def _uploaded(person: Person, category: str) -> str:
    response = person.client.post(
        "/2/media/upload", files={"media": ("p.png", _picture(), "image/png")}, data={"media_category": category}
    )
    assert response.status_code in (200, 201), response.text
    return response.json()["data"]["id"]


def test_pictures_of_messages_and_posts_are_fetched(brand: Brand, mia: Person) -> None:
    mia.writes_to(brand.person, "the label", attachments=[{"media_id": _uploaded(mia, "dm_image")}])
    mia.says(f"@{brand.person.username} the box", media={"media_ids": [_uploaded(mia, "tweet_image")]})
    facts = [fact for fact in _facts(_collect(brand, Marks())) if isinstance(fact, PostSeen | DmSeen)]
    assert [fact.text for fact in facts] == ["the label", f"@{brand.person.username} the box"]
    for fact in facts:
        [medium] = fact.media
        fetched = brand.run(X.fetch_media(medium.url, fact.id))
        assert isinstance(fetched, Fetched), fetched
        assert Image.open(io.BytesIO(fetched.data)).size == (12, 8)


def test_one_picture_has_one_name_whichever_road_it_came_by(brand: Brand, mia: Person) -> None:
    assert brand.run(X.connect(brand.id, now_ms())) is None
    with open_stream(brand.session(), X.stream(0)) as stream:
        mia.writes_to(brand.person, "look & see", attachments=[{"media_id": _uploaded(mia, "dm_image")}])
        mia.says(f"@{brand.person.username} see", media={"media_ids": [_uploaded(mia, "tweet_image")]})
        streamed = _read(stream, 2)
    listed = _facts(_collect(brand, Marks()))
    assert sorted(streamed, key=repr) == sorted(listed, key=repr)


def test_a_picture_that_is_gone_is_a_problem(brand: Brand, x: Served) -> None:
    gone = brand.run(X.fetch_media(f"{x.url}/media/3_1.png", "1"))
    assert isinstance(gone, Problem)
    assert gone.reason == "not_found"


@pytest.mark.parametrize("url", ["", "ftp://x/y", "https://0177.0.0.1/x", "https://[/", "http://10.0.0.1/p.png"])
def test_an_address_that_leads_nowhere_is_a_problem_in_words(brand: Brand, url: str) -> None:
    problem = brand.run(X.fetch_media(url, "1"))
    assert isinstance(problem, Problem)
    assert problem.detail


def test_rate_windows_are_read_from_real_headers(brand: Brand, mia: Person, x: Served) -> None:
    brand.send(brand.message(mia, "hi"))
    kept = {row.endpoint: row for row in scoped(RateWindow, brand.account.workspace_id)}
    assert kept["POST /2/dm_conversations/with/:id/messages"].owner == f"account:{brand.account.id}"
    assert any(name.endswith(" 24h") for name in kept)
    headers = {"x-rate-limit-limit": "15", "x-rate-limit-remaining": "3", "x-rate-limit-reset": "1800000000"}
    assert X.limits(headers, Auth.USER) == (Limit(15, 3, 1_800_000_000_000),)
