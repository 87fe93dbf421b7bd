"""Look-ups, collecting and connecting with answers made by hand: the turns that a served X seldom takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from careline.channels.base import Collected, HttpReply, LookedUp, Marks, NoReply, Outbound, Problem, Throttled
from careline.channels.x.connect import EVENTS, subscriptions
from careline.channels.x.ids import first_id_at, made_ms
from careline.domain.words import Kind
from channels.x.given import DM, FIXTURES, MIA, NOW, US, X, run

ANSWER = Outbound(Kind.POST, "hello", US, reply_to_id="77")
EMPTY = HttpReply(200, {}, b'{"meta":{"result_count":0}}')


def _id(at_ms: int, number: int = 0) -> str:
    return str(int(first_id_at(at_ms)) + number)


def _page(*items: dict[str, Any], next_token: str = "", **more: Any) -> HttpReply:
    meta = {"result_count": len(items), **({"next_token": next_token} if next_token else {})}
    return HttpReply(200, {}, json.dumps({"data": items, "meta": meta, **more}).encode())


def _dm(at_ms: int, sender: str, text: str = "hello") -> dict[str, Any]:
    room = f"{US}-{MIA}"
    return {
        "id": _id(at_ms),
        "event_type": "MessageCreate",
        "sender_id": sender,
        "dm_conversation_id": room,
        "text": text,
    }


def _own(at_ms: int, text: str, answers: str | None = "77", author: str = US) -> dict[str, Any]:
    references = {"referenced_tweets": [{"type": "replied_to", "id": answers}]} if answers else {}
    return {"id": _id(at_ms), "author_id": author, "text": text, **references}


def test_only_our_own_messages_since_the_attempt_are_candidates() -> None:
    page = _page(_dm(NOW + 9, US, "b"), _dm(NOW + 5, MIA), _dm(NOW + 1, US, "a"), _dm(NOW - 500_000, US, "old"))
    _, found = run(X.look_up(DM, NOW, NOW + 1000), page)
    assert isinstance(found, LookedUp)
    assert found.complete
    assert [one.text for one in found.candidates] == ["a", "b"]
    assert [one.created_ms for one in found.candidates] == [NOW + 1, NOW + 9]


def test_only_answers_to_that_post_are_candidates() -> None:
    page = _page(_own(NOW + 3, "@mia yes"), _own(NOW + 2, "elsewhere", "78"), _own(NOW + 1, "no answer", None))
    calls, found = run(X.look_up(ANSWER, NOW, NOW + 1000), page)
    assert [one.text for one in found.candidates] == ["yes"]
    assert calls[0].path == f"/2/users/{US}/tweets"
    assert calls[0].query["start_time"] == "2026-11-02T08:58:00Z"


def test_a_message_from_just_before_is_seen_because_clocks_differ() -> None:
    _, found = run(X.look_up(DM, NOW, NOW), _page(_dm(NOW - 60_000, US)))
    assert len(found.candidates) == 1


def test_law_2_what_was_not_read_to_the_end_is_not_complete() -> None:
    pages = [_page(_dm(NOW + 1000 - number, US), next_token=f"t{number}") for number in range(10)]
    calls, found = run(X.look_up(DM, NOW, NOW), *pages)
    assert not found.complete
    assert len(found.candidates) == 10
    assert [call.query.get("pagination_token") for call in calls[:3]] == [None, "t0", "t1"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (NoReply(left=True, detail="silence"), Problem),
        (HttpReply(503, {}, b""), Problem),
        (HttpReply(200, {}, b"<html>"), Problem),
        (HttpReply(200, {}, b"{}"), Problem),
        (HttpReply(200, {}, b'{"errors":[{"title":"Not Found Error"}]}'), Problem),
        (HttpReply(429, {}, b""), Throttled),
    ],
)
def test_law_2_a_list_that_was_not_shown_is_no_evidence(reply: Any, expected: type) -> None:
    for message in (DM, ANSWER):
        assert isinstance(run(X.look_up(message, NOW, NOW), reply)[1], expected)
        later = _page(_dm(NOW + 1, MIA) if message is DM else _own(NOW + 1, "x", "1"), next_token="t")
        assert isinstance(run(X.look_up(message, NOW, NOW), later, reply)[1], expected)


def test_an_empty_list_is_evidence() -> None:
    assert run(X.look_up(DM, NOW, NOW), EMPTY)[1] == LookedUp((), complete=True)


def _collect(marks: Marks, *replies: Any) -> tuple[Any, Collected]:
    return run(X.collect(US, marks, NOW), *replies)


def test_marks_stay_where_younger_things_may_still_come_before() -> None:
    """Two lists are read one after the other: a post made in between must not be jumped over."""
    young, old = _id(NOW - 1000), _id(NOW - 600_000)
    mention = {"id": young, "author_id": MIA, "text": "x"}
    _, collected = _collect(Marks(post_id=old), _page(mention), EMPTY, EMPTY)
    assert collected.marks.post_id is not None
    assert made_ms(old) < made_ms(collected.marks.post_id) <= NOW - 120_000
    _, collected = _collect(Marks(post_id=young), EMPTY, EMPTY, EMPTY)
    assert collected.marks.post_id == young, "a mark never goes back"


def test_both_post_lists_start_at_the_mark_and_messages_stop_there() -> None:
    mark = Marks(post_id="900", dm_id=_id(NOW - 5000))
    pages = [
        _page(_dm(NOW - 100, MIA), next_token="t"),
        _page(_dm(NOW - 200, MIA), _dm(NOW - 5000, MIA), next_token="u"),
    ]
    calls, collected = _collect(mark, EMPTY, EMPTY, *pages)
    assert [call.query.get("since_id") for call in calls] == ["900", "900", None, None]
    assert [json.loads(one)["data"]["id"] for one in collected.payloads] == [_id(NOW - 200), _id(NOW - 100)]
    assert collected.covered


def test_mentions_beyond_x_s_memory_are_a_gap() -> None:
    pages = [
        _page(
            *({"id": _id(NOW - n * 100 - i - 10_000), "author_id": MIA, "text": "x"} for i in range(100)),
            next_token=f"t{n}",
        )
        for n in range(8)
    ]
    _, collected = _collect(Marks(post_id="1"), *pages, EMPTY, EMPTY, EMPTY)
    assert not collected.covered
    _, collected = _collect(Marks(), *pages, EMPTY, EMPTY, EMPTY)
    assert collected.covered, "nobody has missed what was before the beginning"


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_law_1_a_mark_moves_only_over_lists_that_were_read(broken: int) -> None:
    old = NOW - 900_000
    replies: list[Any] = [
        _page({"id": _id(old, 1), "author_id": MIA, "text": "x"}),
        _page({"id": _id(old, 2), "author_id": US, "text": "x"}),
        _page(_dm(old, MIA)),
    ]
    replies[broken] = HttpReply(503, {}, b"")
    _, collected = _collect(Marks("5", "5"), *replies)
    assert collected.trouble
    assert (collected.marks.post_id == "5") is (broken < 2)
    assert (collected.marks.dm_id == "5") is (broken == 2)
    assert len(collected.payloads) == 2, "what was read is kept all the same"


def test_an_item_carries_what_belongs_to_it_and_nothing_else() -> None:
    item = {
        "id": _id(NOW - 900_000), "author_id": MIA, "text": "hey @us", "conversation_id": "1",
        "entities": {"mentions": [{"id": US, "username": "us"}]}, "attachments": {"media_keys": ["3_1"]},
        "referenced_tweets": [{"type": "quoted", "id": "8"}],
    }  # fmt: skip
    includes = {
        "users": [{"id": who, "username": f"u{who}", "name": "x"} for who in (MIA, US, "999")],
        "media": [
            {"media_key": "3_1", "type": "photo", "url": "https://p/1"},
            {"media_key": "3_2", "url": "https://p/2"},
        ],
        "tweets": [
            {"id": "8", "author_id": US, "text": "quoted words"},
            {"id": "9", "author_id": "999", "text": "other"},
        ],
    }
    _, collected = _collect(Marks(), _page(item, includes=includes), EMPTY, EMPTY)
    [payload] = collected.payloads
    kept = json.loads(payload)["includes"]
    assert [one["id"] for one in kept["users"]] == [MIA, US]
    assert [one["media_key"] for one in kept["media"]] == ["3_1"]
    assert kept["tweets"] == [{"id": "8", "author_id": US}]
    parsed = X.parse(payload)
    assert parsed.account_id == US
    [post] = parsed.facts
    assert (post.quoted_user_id, post.media[0].url) == (US, "https://p/1")  # type: ignore[union-attr]


def test_a_post_that_both_lists_show_is_given_once() -> None:
    post = {"id": _id(NOW - 900_000), "author_id": US, "text": "note to @us"}
    _, collected = _collect(Marks(), _page(post), _page(post), EMPTY)
    assert len(collected.payloads) == 1


@pytest.mark.parametrize("shape", ["flat", "list", "nested"])
def test_a_subscription_is_read_in_each_of_x_s_shapes(shape: str) -> None:
    document = json.loads((FIXTURES / f"answer_subscription_created_{shape}.json").read_bytes())
    [one] = subscriptions(document)
    assert one["event_type"] == "dm.received"


def _subscribed(*events: str) -> HttpReply:
    data = [
        {"subscription_id": str(n), "event_type": event, "filter": {"user_id": US}} for n, event in enumerate(events)
    ]
    return HttpReply(200, {}, json.dumps({"data": data, "meta": {}}).encode())


def test_only_what_is_missing_is_subscribed_and_private_things_in_our_own_name() -> None:
    present = [event for event in EVENTS if event not in ("dm.sent", "post.delete")]
    calls, problem = run(X.connect(US, NOW), _subscribed(*present), HttpReply(201, {}, b""), HttpReply(201, {}, b""))
    assert problem is None
    assert [(call.json["event_type"], str(call.auth)) for call in calls[1:]] == [  # type: ignore[index]
        ("post.delete", "app"), ("dm.sent", "user"),
    ]  # fmt: skip


def test_subscriptions_of_other_accounts_are_not_ours() -> None:
    data = [{"subscription_id": "1", "event_type": event, "filter": {"user_id": "999"}} for event in EVENTS]
    listed = HttpReply(200, {}, json.dumps({"data": data}).encode())
    calls, problem = run(X.connect(US, NOW), listed, *[HttpReply(201, {}, b"")] * len(EVENTS))
    assert problem is None
    assert len(calls) == 1 + len(EVENTS)


@pytest.mark.parametrize("words", ["Duplicate subscription", "A subscription already exists for this user"])
def test_a_duplicate_is_what_we_wanted(words: str) -> None:
    body = json.dumps({"detail": words}).encode()
    present = [event for event in EVENTS if event != "dm.sent"]
    assert run(X.connect(US, NOW), _subscribed(*present), HttpReply(400, {}, body))[1] is None


def test_a_list_of_subscriptions_that_cannot_be_read_is_a_problem_with_advice() -> None:
    _, problem = run(X.connect(US, NOW), HttpReply(401, {}, b""))
    assert isinstance(problem, Problem)
    assert "again" in problem.advice


def test_a_webhook_that_x_gave_up_is_revived() -> None:
    url = "https://desk.example/in/x/1"
    hooks = HttpReply(200, {}, json.dumps({"data": [{"id": "5", "url": url, "valid": False}]}).encode())
    valid = HttpReply(200, {}, b'{"data":{"valid":true}}')
    calls, problem = run(
        X.connect(US, NOW, url), hooks, valid, _subscribed(*EVENTS), *[HttpReply(200, {}, b"")] * len(EVENTS)
    )
    assert problem is None
    assert (calls[1].method, calls[1].path) == ("PUT", "/2/webhooks/5")
    assert {(call.method, call.json["webhook_id"]) for call in calls[3:]} == {("PUT", "5")}  # type: ignore[index]


def test_private_pictures_are_asked_of_x_s_own_endpoint_with_oauth_2() -> None:
    url = "https://ton.twitter.com/1.1/ton/data/dm/12/34/LaBeL_01-x.jpg"
    calls, _ = run(X.fetch_media(url, "12"), HttpReply(200, {"content-type": "image/png"}, b"x"))
    assert (calls[0].path, str(calls[0].auth)) == ("/2/dm_conversations/media/12/34/LaBeL_01-x.jpg", "user_oauth2")


@pytest.mark.parametrize(
    "url",
    [
        "https://pbs.twimg.com/media/x.jpg",
        "https://evil.example/1.1/ton/data/dm/1/2/../../../x",
        "https://e/1.1/ton/data/dm/1/2/..",
    ],
)
def test_no_token_goes_with_any_other_picture(url: str) -> None:
    calls, _ = run(X.fetch_media(url, "12"), HttpReply(200, {}, b"x"))
    assert (calls[0].path, str(calls[0].auth)) == (url, "none")


def test_the_stream_asks_for_what_x_gives() -> None:
    assert X.stream(0).query == {}
    assert X.stream(60).query == {"backfill_minutes": "5"}
