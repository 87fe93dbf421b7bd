"""Reading X's payloads: every shape that is known, and the odd things that X really does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from careline.domain.facts import DmRead, DmSeen, Gone, Noticed, Parsed, PostSeen
from channels.x.given import FIXTURES, MIA, SHARED, US, X

EVENTS = sorted(path.name for kind in ("event_*", "stream_*", "webhook_*") for path in FIXTURES.glob(f"{kind}.json"))
ANSWERS = sorted(
    path.name
    for kind in ("answer_dm_event", "answer_mentions_page", "answer_post_created", "answer_posts", "answer_search")
    for path in FIXTURES.glob(f"{kind}*.json")
    if "empty" not in path.name
)


def _fixture(name: str) -> Parsed:
    return X.parse((FIXTURES / f"{name}.json").read_bytes())


def _only(parsed: Parsed) -> Any:
    [fact] = parsed.facts
    return fact


def _event(kind: str, payload: object, **more: object) -> Parsed:
    event = {"event_uuid": "-5", "filter": {"user_id": US}, "event_type": kind, "tag": "t", "payload": payload}
    return X.parse(json.dumps({"data": {**event, **more}}).encode())


def _post(**fields: object) -> PostSeen:
    post = {"id": "2080000000000000002", "author_id": MIA, "conversation_id": "2080000000000000002"}
    times = {"created_at": "2026-07-24T10:05:00.000Z", "text": "hey"}
    found = _only(_event("post.mention.create", {**post, **times, **fields}))
    assert isinstance(found, PostSeen)
    return found


@pytest.mark.parametrize("name", EVENTS + ANSWERS)
def test_every_fixture_is_read(name: str) -> None:
    assert X.parse((FIXTURES / name).read_bytes()).facts


@pytest.mark.shared
def test_every_sample_of_x_that_is_an_event_or_holds_messages_is_read() -> None:
    folder = SHARED / "data/x-payloads"
    if not folder.is_dir():
        pytest.skip("no x-payloads: CARELINE_SHARED names no data folder")
    read = 0
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            continue  # some samples of the documentation are fragments with ellipses
        if _holds_messages(path.name, document):
            assert X.parse(path.read_bytes()).facts, path.name
            read += 1
    assert read >= 70


def _holds_messages(name: str, document: Any) -> bool:
    if "__event-payloads-" in name or name.startswith("xchat__real-time") or "for_user_id" in document:
        return True
    data = document.get("data")
    items = data if isinstance(data, list) else [data, document]
    one = next((item for item in items if isinstance(item, dict)), {})
    return "text" in one and "id" in one and "media_id" not in str(document.get("attachments"))


def test_a_mention_is_read_whole() -> None:
    parsed = _fixture("event_post_mention_create")
    post = _only(parsed)
    assert parsed.account_id == US
    assert (post.id, post.author_id, post.root_id) == ("2080000000000000002", MIA, "2080000000000000002")
    assert post.text == "hey @AcmeCare my parcel 4711 never came 😡"
    assert post.created_ms == 1_784_887_500_000
    assert post.mentions == (US,)
    assert post.versions == (post.id,)
    [mia] = [person for person in parsed.profiles if person.id == MIA]
    assert (mia.handle, mia.name, mia.as_of) == ("mia_k", "Mia K.", post.created_ms)


def test_a_reply_that_names_us_fires_twice_and_is_one_post() -> None:
    twice = [_fixture("event_post_mention_create_also_reply"), _fixture("event_post_reply_create_also_mention")]
    assert twice[0].facts == twice[1].facts
    post = _only(twice[0])
    assert post.text == "really, @AcmeCare? Still nothing."
    assert (post.reply_to_id, post.reply_to_user_id) == ("2080000000000000007", US)


def test_both_spellings_are_one_language() -> None:
    old = {fact.id: fact for fact in _fixture("answer_mentions_page").facts}
    new = {fact.id: fact for fact in _fixture("answer_mentions_page_post_spelling").facts}
    assert new
    for post_id, post in new.items():
        assert (post.text, post.reply_to_id, post.root_id) == (
            old[post_id].text, old[post_id].reply_to_id, old[post_id].root_id,
        )  # fmt: skip


def test_a_message_is_the_same_by_either_road() -> None:
    listed = {fact.id: fact for fact in _fixture("answer_dm_events_page").facts}
    for name in ("event_dm_received", "event_dm_received_photo", "event_dm_sent"):
        pushed = _only(_fixture(name))
        assert (listed[pushed.id].text, listed[pushed.id].media, listed[pushed.id].created_ms) == (
            pushed.text, pushed.media, pushed.created_ms,
        )  # fmt: skip
        assert {pushed.sender_id, pushed.recipient_id} == {US, MIA}


def test_x_s_own_ids_give_one_moment_to_both_roads() -> None:
    """Numbers of a real message: the event says ...372, the list the bare second, the id ...342."""
    create = {"sender_id": MIA, "target": {"recipient_id": US}, "message_data": {"text": "hello!"}}
    dm = {"type": "message_create", "id": "2080765901528535096", "created_timestamp": "1784928224372"}
    pushed = _only(_event("dm.received", {"direct_message_events": [{**dm, "message_create": create}]}))
    event = {"id": "2080765901528535096", "event_type": "MessageCreate", "text": "hello!", "sender_id": MIA}
    room = {"created_at": "2026-07-24T21:23:44.000Z", "dm_conversation_id": f"{US}-{MIA}"}
    assert pushed == _only(X.parse(json.dumps({"data": [{**event, **room}]}).encode()))
    assert pushed.created_ms == 1_784_928_224_342


def test_groups_and_other_events_are_noticed() -> None:
    assert {fact.what for fact in _fixture("answer_dm_events_group_page").facts if isinstance(fact, Noticed)} == {
        "dm.ParticipantsLeave", "dm.group", "dm.ParticipantsJoin",
    }  # fmt: skip
    assert _only(_fixture("event_chat_received")) == Noticed("chat.received")
    assert _only(_fixture("event_of_a_type_to_come")) == Noticed("post.telepathy.create")
    assert _only(_fixture("event_oauth_revoke")) == Noticed("oauth.revoke")
    assert _fixture("event_oauth_revoke").account_id == US


def test_a_deletion_names_what_is_gone() -> None:
    assert _only(_fixture("event_post_delete")) == Gone("post", "2080000000000000002", MIA)


def test_a_quote_is_of_whom_it_was_reported_to() -> None:
    quote = _only(_fixture("event_post_quote_create"))
    assert (quote.quoted_id, quote.quoted_user_id, quote.text) == ("2080000000000000001", US, "Worth a read.")


def test_the_quoted_author_comes_from_what_x_sent_along() -> None:
    quote = {"id": "9", "author_id": MIA, "text": "see", "referenced_posts": [{"type": "quoted", "id": "8"}]}
    for name in ("tweets", "posts"):
        document = {"data": quote, "includes": {name: [{"id": "8", "author_id": "77"}]}}
        assert _only(X.parse(json.dumps(document).encode())).quoted_user_id == "77"


def test_a_repost_points_at_its_original() -> None:
    assert _only(_fixture("event_post_repost_create")).repost_of_id == "2080000000000000001"


def test_edits_name_all_versions_oldest_first() -> None:
    for name in ("edit_history_tweet_ids", "edit_history_post_ids"):
        post = _post(**{name: ["2080000000000000002", "999", "2080000000000000001"]})
        assert post.versions == ("999", "2080000000000000001", "2080000000000000002")


@pytest.mark.parametrize("name", ["note_tweet", "note_post"])
def test_long_posts_are_read_to_their_end(name: str) -> None:
    link = {"url": "https://t.co/abc", "expanded_url": "https://example.com/long"}
    note = {"text": "x" * 400 + " https://t.co/abc", "entities": {"urls": [link], "mentions": [{"id": US}]}}
    post = _post(text="x" * 270 + "…", **{name: note})
    assert post.text == "x" * 400 + " https://example.com/long"
    assert post.mentions == (US,)


@pytest.mark.parametrize(
    ("raw", "span", "shown"),
    [
        ("@AcmeCare @jon_thor @AcmeCare hi", [20, 32], "@AcmeCare hi"),
        ("@AcmeCare @jon_thor hi", None, "hi"),
        ("@AcmeCare\nhi @you", None, "hi @you"),
        ("@ExampleUser Great post", [14, 23], "Great post"),
        ("hi @AcmeCare", [0, 12], "hi @AcmeCare"),
        ("@AcmeCare", None, "@AcmeCare"),
        ("@AcmeCare's box", None, "@AcmeCare's box"),
    ],
)
def test_names_that_a_reply_only_carries_are_left_out(raw: str, span: object, shown: str) -> None:
    reply = {"referenced_tweets": [{"type": "replied_to", "id": "1"}], "display_text_range": span}
    assert _post(text=raw, **reply).text == shown


def test_a_post_that_begins_with_our_name_keeps_it() -> None:
    assert _post(text="@AcmeCare help").text == "@AcmeCare help"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a &amp; b", "a & b"),
        ("&lt;b&gt;", "<b>"),
        ("&amp;lt;", "&lt;"),
        ("&nbsp; &copy;", "&nbsp; &copy;"),
        ("nul\x00", "nul"),
    ],
)
def test_texts_are_shown_as_they_were_typed(raw: str, shown: str) -> None:
    assert _post(text=raw).text == shown


def test_links_are_shown_as_what_they_stand_for() -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": "https://example.com/1"},
        {"url": "https://t.co/ab", "expanded_url": "https://example.com/2?x=1&y=2"},
        {"url": "https://t.co/pic", "expanded_url": "https://x.com/m/status/2/photo/1", "media_key": "3_5"},
        {"url": "https://t.co/odd"},
    ]
    post = _post(
        text="https://t.co/ab, https://t.co/a! https://t.co/odd https://t.co/abc https://t.co/pic",
        entities={"urls": urls},
        attachments={"media_keys": ["3_5", "3_5"]},
    )
    assert post.text == "https://example.com/2?x=1&y=2, https://example.com/1! https://t.co/odd https://t.co/abc"
    assert [(one.key, one.kind, one.url) for one in post.media] == [("5", "photo", "")]


def test_the_best_file_of_a_video_is_taken() -> None:
    variants = [
        {"content_type": "application/x-mpegURL", "url": "https://v/list"},
        {"content_type": "video/mp4", "bit_rate": 100, "url": "https://v/small"},
        {"content_type": "video/mp4", "bit_rate": 900, "url": "https://v/best"},
    ]
    video = {"media_key": "7_5", "type": "video", "variants": variants, "preview_image_url": "https://p"}
    parsed = _event(
        "post.mention.create",
        {"id": "9", "author_id": MIA, "text": "x", "attachments": {"media_keys": ["7_5"]}},
        includes={"media": [video]},
    )
    assert [(one.kind, one.url) for one in _only(parsed).media] == [("video", "https://v/best")]


def test_mentions_without_ids_are_found_by_handle() -> None:
    parsed = _event(
        "post.mention.create",
        {"id": "9", "author_id": MIA, "text": "@ACMECARE", "entities": {"mentions": [{"username": "ACMECARE"}]}},
        includes={"users": [{"id": US, "username": "AcmeCare"}]},
    )
    assert _only(parsed).mentions == (US,)


def test_a_message_about_a_post_names_it() -> None:
    link = {"url": "https://t.co/x", "expanded_url": "https://x.com/AcmeCare/status/77"}
    event = {"id": "9", "event_type": "MessageCreate", "text": "this? https://t.co/x", "sender_id": MIA}
    more = {"dm_conversation_id": f"{US}-{MIA}", "entities": {"urls": [link]}, "referenced_posts": [{"id": "77"}]}
    dm = _only(X.parse(json.dumps({"data": [{**event, **more}]}).encode()))
    assert isinstance(dm, DmSeen)
    assert dm.about_post_ids == ("77",)
    assert dm.text == "this? https://x.com/AcmeCare/status/77"


@pytest.mark.parametrize(
    "payload", [{}, {"id": "9"}, {"author_id": "9"}, {"id": "nine", "author_id": "9"}, [], "x", None]
)
def test_partial_posts_are_noticed_not_lost_in_silence(payload: object) -> None:
    assert _only(_event("post.create", payload)) == Noticed("post.incomplete")


@pytest.mark.parametrize("payload", [{}, {"direct_message_events": []}, {"direct_message_events": [{}]}])
def test_partial_messages_are_noticed(payload: object) -> None:
    assert "incomplete" in _only(_event("dm.received", payload)).what


def test_one_event_can_hold_several_messages() -> None:
    create = {"sender_id": MIA, "target": {"recipient_id": US}, "message_data": {"text": "x"}}
    events = [{"type": "message_create", "id": str(n), "message_create": create} for n in range(1, 4)]
    assert [fact.id for fact in _event("dm.received", {"direct_message_events": events}).facts] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b"1", b'"x"', b"null", b"{}", b'{"data":{}}', b"\xff", b"[" * 100_000]
)
def test_garbage_is_refused_in_words(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        X.parse(payload)


def test_a_reading_is_read_in_both_envelopes() -> None:
    seen = DmRead("1600000000000000202", US, 1784888180000)
    assert _only(_fixture("event_dm_read")) == seen
    told = json.loads((FIXTURES / "event_dm_read.json").read_bytes())["data"]["payload"]
    older = {"for_user_id": US, **told}
    assert _only(X.parse(json.dumps(older).encode())) == seen
    broken = {"direct_message_mark_read_events": [{"sender_id": "5", "target": {}, "created_timestamp": True}]}
    assert _only(_event("dm.read", broken)) == Noticed("dm.read.incomplete")


def test_moving_pictures_have_a_still_and_a_length() -> None:
    video = {"media_key": "7_77", "type": "video", "preview_image_url": "https://x/still.jpg", "duration_ms": 75000}
    post = {"id": "9", "author_id": "5", "text": "Look", "attachments": {"media_keys": ["7_77"]}}
    payload = {"data": post, "includes": {"media": [video]}}
    (medium,) = _only(X.parse(json.dumps(payload).encode())).media
    assert (medium.poster, medium.duration_ms) == ("https://x/still.jpg", 75000)
    video["duration_ms"] = 2**40
    assert _only(X.parse(json.dumps(payload).encode())).media[0].duration_ms is None
