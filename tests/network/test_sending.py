"""Sending through the real client to the served sandbox: what X really has afterwards, and what the desk believes."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from careline.channels.base import LookedUp, Marks, Refused, Sent, Throttled, Unknown
from careline.domain.text import same_text
from network.conftest import Brand, X, now_ms, order_fault
from sandbox.served import Person, Served

DM_SEND = "POST /2/dm_conversations/with/{id}/messages"


def _really(x: Served, kind: str, text: str) -> list[dict]:
    return [one for one in x.state()[kind] if text in one["text"]]


def test_a_public_answer_stands_under_the_post(brand: Brand, mia: Person, x: Served) -> None:
    question = mia.says(f"hey @{brand.person.username} where is my parcel?")
    sent = brand.send(brand.answer(question["id"], "We are looking & will tell you <soon>. ^AB"))
    assert isinstance(sent, Sent)
    [post] = [one for one in x.state()["posts"] if one["id"] == sent.network_id]
    assert post["in_reply_to_id"] == question["id"]
    assert "will tell you" in post["text"]


def test_an_invitation_travels_beside_the_text(brand: Brand, mia: Person, x: Served) -> None:
    question = mia.says(f"@{brand.person.username} help")
    text = "Please write to us privately, " + "x" * 200
    message = brand.answer(question["id"], text, dm_link_recipient_id=brand.id, dm_link_text="Order number: ")
    sent = brand.send(message)
    assert isinstance(sent, Sent)
    found = brand.run(X.look_up(message, now_ms() - 5000, now_ms()))
    assert [shown.network_id for shown in found.candidates] == [sent.network_id]
    assert same_text(found.candidates[0].text, text)


def test_an_invitation_can_travel_in_the_text(brand: Brand, mia: Person) -> None:
    question = mia.says(f"@{brand.person.username} help me")
    message = brand.answer(question["id"], "Write to us", dm_link_recipient_id=brand.id, dm_link_in_text=True)
    assert isinstance(brand.send(message), Sent)
    [shown] = brand.run(X.look_up(message, now_ms() - 5000, now_ms())).candidates
    assert shown.text.endswith(f"compose?recipient_id={brand.id}")
    assert same_text(shown.text, "Write to us")


def test_a_direct_message_arrives(brand: Brand, mia: Person, x: Served) -> None:
    mia.writes_to(brand.person, "hello")
    sent = brand.send(brand.message(mia, "Your order 4711 & more: https://example.com/a?b=1&c=2"))
    assert isinstance(sent, Sent)
    assert any(one["id"] == sent.network_id for one in x.state()["dms"])


def test_what_comes_back_reads_like_what_was_sent(brand: Brand, mia: Person) -> None:
    """Law 2 rests on recognising our own words: links shortened by X, its escapes and the carried name are undone."""
    text = "a < b && c > d &amp; e: https://example.com/track?id=4711&lang=de thanks 😀"
    question = mia.says(f"@{brand.person.username} what now?")
    for message in (brand.answer(question["id"], text), brand.message(mia, text)):
        assert isinstance(brand.send(message), Sent)
        [shown] = brand.run(X.look_up(message, now_ms() - 5000, now_ms())).candidates
        assert same_text(shown.text, text), shown.text


def test_refusals_of_x_have_their_reason(brand: Brand, mia: Person, x: Served) -> None:
    stranger = mia.says("nobody is named here")
    assert _refusal(brand.send(brand.answer(stranger["id"], "may we help?"))) == (True, "not_summoned")
    question = mia.says(f"@{brand.person.username} one")
    again = mia.says(f"@{brand.person.username} two")
    assert isinstance(brand.send(brand.answer(question["id"], "the same words")), Sent)
    assert _refusal(brand.send(brand.answer(again["id"], "the same words"))) == (True, "duplicate")
    assert _refusal(brand.send(brand.answer(again["id"], "x" * 281)))[0]
    closed = x.person("closed", dm_from="none")
    assert _refusal(brand.send(brand.message(closed, "hi"))) == (True, "no_dm")
    mia.client.delete(f"/2/tweets/{again['id']}")
    assert _refusal(brand.send(brand.answer(again["id"], "too late"))) == (True, "post_gone")


@pytest.mark.parametrize(
    ("status", "permanent", "reason"),
    [(401, False, "token"), (402, False, "credits"), (403, True, "forbidden"), (404, True, "not_found")],
)
def test_statuses_of_x_have_their_meaning(
    brand: Brand, mia: Person, x: Served, status: int, permanent: bool, reason: str
) -> None:
    order_fault(x, target=DM_SEND, kind=f"status:{status}")
    outcome = brand.send(brand.message(mia, "hi"))
    assert isinstance(outcome, Refused)
    assert outcome.permanent is permanent
    assert reason in (outcome.reason, "forbidden")


def _refusal(outcome: object) -> tuple[bool, str]:
    assert isinstance(outcome, Refused), outcome
    return outcome.permanent, outcome.reason


def test_429_waits_for_the_reset_that_x_names(brand: Brand, mia: Person, x: Served) -> None:
    order_fault(x, target=DM_SEND, kind="status:429", reset_s=200, count=1)
    outcome = brand.send(brand.message(mia, "hi"))
    assert isinstance(outcome, Throttled)
    assert 150_000 < outcome.until_ms - now_ms() <= 201_000


def test_a_server_error_is_doubt_not_refusal(brand: Brand, mia: Person, x: Served) -> None:
    order_fault(x, target=DM_SEND, kind="status:503", count=1)
    outcome = brand.send(brand.message(mia, "hi"))
    assert isinstance(outcome, Unknown)
    assert outcome.answered


@pytest.mark.parametrize(("kind", "happened"), [("hang_before", False), ("hang_after", True), ("cut_after", True)])
@pytest.mark.parametrize("public", [True, False])
def test_law_2_no_answer_is_doubt_and_the_look_up_settles_it(
    brand: Brand, mia: Person, x: Served, kind: str, happened: bool, public: bool
) -> None:
    if public:
        question = mia.says(f"@{brand.person.username} {kind}?")
        message = brand.answer(question["id"], f"answer to {kind}")
    else:
        mia.writes_to(brand.person, "hello")
        message = brand.message(mia, f"message for {kind}")
    order_fault(x, target="POST /2/tweets" if public else DM_SEND, kind=kind, count=1)
    began = now_ms()
    outcome = brand.send(message, timeout_s=0.7)
    assert isinstance(outcome, Unknown)
    assert not outcome.answered
    found = brand.run(X.look_up(message, began, now_ms()))
    assert isinstance(found, LookedUp)
    assert found.complete
    assert [same_text(shown.text, message.text) for shown in found.candidates] == ([True] if happened else [])
    assert len(_really(x, "posts" if public else "dms", message.text)) == happened


def test_a_look_up_pages_back_to_the_attempt(brand: Brand, mia: Person, x: Served) -> None:
    message = brand.message(mia, "the first of many")
    began = now_ms()
    assert isinstance(brand.send(message), Sent)
    for number in range(105):
        x.control("dms", **{"from": mia.username, "to": brand.person.username, "text": f"and {number}"})
    found = brand.run(X.look_up(message, began, now_ms()))
    assert found.complete
    assert [shown.text for shown in found.candidates] == ["the first of many"]


def test_nobody_listening_is_safe_to_send_again(brand: Brand, mia: Person) -> None:
    from sandbox.served import free_port

    brand.app.api_base = f"http://127.0.0.1:{free_port()}"
    brand.app.save()
    assert _refusal(brand.send(brand.message(mia, "hi"))) == (False, "unreachable")


def test_an_account_without_a_token_says_so(brand: Brand, mia: Person) -> None:
    brand.account.secrets = {}
    brand.account.save()
    assert _refusal(brand.send(brand.message(mia, "hi"))) == (False, "token")


def test_a_known_empty_window_is_not_knocked_at(brand: Brand, mia: Person, x: Served) -> None:
    x.control("limits", endpoint=DM_SEND.replace("{id}", "{participant_id}"), limit=1, window_s=300)
    assert isinstance(brand.send(brand.message(mia, "one")), Sent)
    order_fault(x, target=DM_SEND, kind="status:500")
    outcome = brand.send(brand.message(mia, "two"))
    assert isinstance(outcome, Throttled)
    assert now_ms() < outcome.until_ms <= now_ms() + 301_000
    [fault] = x.http.get("/_sandbox/faults").json()["faults"]
    assert fault["fired"] == 0


def test_logs_tell_of_calls_but_never_of_words_tokens_or_handles(brand: Brand, mia: Person) -> None:
    question = mia.says(f"@{brand.person.username} where is order 4711?")
    with capture_logs() as lines:
        brand.send(brand.message(mia, "very private words"))
        brand.send(brand.answer(question["id"], "public words"))
        brand.run(X.look_up(brand.message(mia, "very private words"), now_ms(), now_ms()))
        brand.run(X.collect(brand.id, Marks(), now_ms()))
    assert [line["status"] for line in lines if line["event"] == "call"] == [201, 201, 200, 200, 200, 200]
    told = repr(lines) + repr(brand.session())
    secrets = [*brand.account.secrets.values(), *brand.app.secrets.values()]
    for word in ("private", "public words", "4711", mia.username, brand.person.username, *secrets):
        assert word not in told


def test_law_2_an_attempt_that_got_ready_too_late_does_not_begin(
    brand: Brand, mia: Person, x: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease may be over by then, and somebody else may be sending the message."""
    monkeypatch.setattr("careline.network.perform._BEGIN_WITHIN_S", -1.0)
    assert _refusal(brand.send(brand.message(mia, "too late to leave"))) == (False, "unreachable")
    assert _really(x, "dms", "too late to leave") == []
