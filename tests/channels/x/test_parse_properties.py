"""Whatever X may send: reading never stumbles, and redaction keeps the place of a message but not its words."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from careline.domain.facts import DmSeen, Fact, Noticed, PostSeen
from channels.x.given import FIXTURES, US, X

NAMES = """
    data payload event_type filter user_id id author_id text includes users tweets posts media referenced_tweets
    referenced_posts type entities mentions urls url expanded_url note_tweet attachments media_keys careline account
    direct_message_events message_create message_data target recipient_id sender_id created_timestamp created_at
    edit_history_tweet_ids display_text_range conversation_id dm_conversation_id for_user_id tweet_delete_events
    status errors title attachment video_info variants bit_rate username
"""
KEYS = st.sampled_from(sorted(NAMES.split()))
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["list", "dm.received", "post.create", "post.delete", "MessageCreate", "9", "2080000000000000002",
                       "message_create", "2026-07-24T10:05:00.000Z", "9999-12-31T23:59:59+00:00", "1-2", "replied_to"])
)  # fmt: skip
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=30
)
IDS = st.integers(1, 2**63 - 1).map(str)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=3, max_size=40)


@given(JSON | st.dictionaries(KEYS, JSON, max_size=8))
def test_any_json_is_read_or_refused_with_a_value_error(document: Any) -> None:
    payload = json.dumps(document).encode()
    for read in (X.parse, lambda raw: X.redact(raw, "erased")):
        with contextlib.suppress(ValueError):
            read(payload)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_value_error(payload: bytes) -> None:
    with contextlib.suppress(ValueError):
        X.parse(payload)


@given(st.sampled_from(sorted(FIXTURES.glob("event_*.json"))), st.data())
def test_an_event_with_a_piece_torn_out_is_still_read(path: Any, data: st.DataObject) -> None:
    document = json.loads(path.read_bytes())
    places = list(_places(document["data"]))
    holder, key = data.draw(st.sampled_from(places))
    torn = data.draw(st.sampled_from([None, "", 7, [], {}, "x", [None], -1.5]) | st.just(...))
    if torn is ...:
        del holder[key]
    else:
        holder[key] = torn
    with contextlib.suppress(ValueError):
        X.parse(json.dumps(document).encode())


def _places(value: Any) -> Any:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(children):
        yield value, key
        yield from _places(child)


@st.composite
def posts(draw: st.DrawFn) -> dict[str, Any]:
    spelling = draw(st.sampled_from(["tweet", "post"]))
    kinds = draw(st.sets(st.sampled_from(["replied_to", "quoted", "retweeted"])))
    references = [{"type": kind, "id": draw(IDS)} for kind in sorted(kinds)]
    link = {"url": "https://t.co/a", "expanded_url": f"https://x.com/u/status/{draw(IDS)}"}
    post = {
        "id": draw(IDS),
        "author_id": draw(IDS),
        "conversation_id": draw(IDS),
        "created_at": draw(st.datetimes().map(lambda at: at.isoformat() + "Z")),
        "text": "secret " + draw(WORDS) + " https://t.co/a",
        f"referenced_{spelling}s": references,
        f"edit_history_{spelling}_ids": draw(st.lists(IDS, max_size=3)),
        "entities": {"urls": [link], "mentions": [{"username": "secret", "id": draw(IDS)}]},
        "attachments": {"media_keys": ["3_" + draw(IDS)]},
        f"note_{spelling}": {
            "text": "secret" * 60,
            "entities": {"mentions": [{"username": "secret", "id": draw(IDS)}]},
        },
    }
    included = {f"{spelling}s": [{"id": one["id"], "author_id": draw(IDS), "text": "secret"} for one in references]}
    people = {"users": [{"id": post["author_id"], "username": "known", "name": "Known", "description": "secret"}]}
    return {"payload": post, "includes": {**included, **people, "media": [{"url": "https://secret"}]}}


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    link = {"url": "https://t.co/a", "expanded_url": f"https://x.com/u/status/{draw(IDS)}"}
    data = {"text": "secret " + draw(WORDS), "entities": {"urls": [link]}, "attachment": {"media": {"id_str": "5"}}}
    create = {"sender_id": draw(IDS), "target": {"recipient_id": draw(IDS)}, "message_data": data}
    event = {
        "type": "message_create",
        "id": draw(IDS),
        "message_create": create,
        "initiated_via": {"tweet_id": draw(IDS)},
    }
    stamp = {"created_timestamp": str(draw(st.integers(10**12, 2 * 10**12)))}
    return {
        "payload": {"direct_message_events": [{**event, **stamp}], "users": {"1": {"id": "1", "username": "known"}}}
    }


def _without_words(fact: Fact) -> Fact:
    if isinstance(fact, PostSeen):
        return replace(fact, text="", media=(), lang="")
    return replace(fact, text="", media=()) if isinstance(fact, DmSeen) else fact


@given(
    st.tuples(st.sampled_from(["post.mention.create", "post.quote.create"]), posts())
    | st.tuples(st.just("dm.received"), messages()),
    IDS,
)
def test_redaction_keeps_ids_times_and_references_and_drops_words(drawn: tuple[str, dict[str, Any]], us: str) -> None:
    kind, parts = drawn
    envelope = {"data": {"event_uuid": "-1", "filter": {"user_id": us}, "event_type": kind, "tag": "t", **parts}}
    payload = json.dumps(envelope).encode()
    redacted = X.redact(payload, "asked to be forgotten")
    assert b"secret" not in redacted
    before, after = X.parse(payload), X.parse(redacted)
    assert after.facts == tuple(_without_words(fact) for fact in before.facts)
    assert not any(isinstance(fact, Noticed) for fact in after.facts)
    assert after.account_id == us
    assert after.profiles == before.profiles  # they deleted a message, not themselves
    assert X.parse(X.redact(redacted, "again")) == after
    for kept in (redacted, X.redact(redacted, "again")):
        assert json.loads(kept)["sha256"] == hashlib.sha256(payload).hexdigest()


def test_redaction_of_every_fixture_keeps_its_facts() -> None:
    for path in FIXTURES.glob("event_*.json"):
        payload = path.read_bytes()
        redacted = X.redact(payload, "erased")
        assert X.parse(redacted).facts == tuple(_without_words(fact) for fact in X.parse(payload).facts), path.name
        if any(isinstance(fact, PostSeen | DmSeen) for fact in X.parse(payload).facts):
            assert X.parse(redacted).profiles == X.parse(payload).profiles, path.name
        for word in (b"parcel", b"4711", b"thank", b"label", b"ton.twitter", b"twimg.com/media", b"Q2lwaGVy"):
            assert word not in redacted, path.name


def test_a_list_item_can_be_redacted_too() -> None:
    data = {
        "id": "9",
        "event_type": "MessageCreate",
        "text": "secret",
        "sender_id": "7",
        "dm_conversation_id": f"7-{US}",
    }
    item = {"careline": "list", "kind": "dm", "account": US, "data": data, "includes": {"users": [{"id": "7"}]}}
    redacted = X.redact(json.dumps(item).encode(), "erased")
    assert b"secret" not in redacted
    [dm] = X.parse(redacted).facts
    assert isinstance(dm, DmSeen)
    assert (dm.sender_id, dm.recipient_id, X.parse(redacted).account_id) == ("7", US, US)
