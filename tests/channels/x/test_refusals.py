"""Every refusal of X that is known has its code, and every code its line in docs/refusals.md."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.channels.base import HttpReply, NoReply, Refused, Sent, Throttled, Unknown
from careline.channels.x.refusals import PASSING, Reason, problem, reason_of, refused, words
from channels.x.given import DM, FIXTURES, NOW, ROOT, answered

CASES = [
    ("error_400_invalid_request.json", 400, "invalid"),
    ("error_401.json", 401, "token"),
    ("error_402_credits_depleted_account.json", 402, "credits"),
    ("error_402_payment_required.json", 402, "credits"),
    ("error_403_client_not_enrolled.json", 403, "enrolment"),
    ("error_403_dm_not_permitted.json", 403, "no_dm"),
    ("error_403_duplicate.json", 403, "duplicate"),
    ("error_403_not_summoned.json", 403, "not_summoned"),
    ("error_403_operation_not_permitted.json", 403, "restricted"),
    ("error_403_scope.json", 403, "scope"),
    ("error_403_v1_access_level.json", 403, "enrolment"),
    ("error_403_v1_cannot_message.json", 403, "no_dm"),
    ("error_429_usage_capped.json", 429, "cap"),
    ("error_429_window.json", 429, "rate"),
    ("error_429_window_v1.json", 429, "rate"),
    ("error_500_internal.json", 500, "server"),
    ("error_stream_too_many_connections.json", 429, "connections"),
    ("error_webhook_crc_failed.json", 400, "invalid"),
]


@pytest.mark.parametrize(("name", "status", "reason"), CASES)
def test_each_error_of_x_has_its_reason(name: str, status: int, reason: str) -> None:
    reply = HttpReply(status, {}, (FIXTURES / name).read_bytes())
    assert reason_of(reply) == reason
    assert words(reply)


def test_no_error_fixture_is_forgotten() -> None:
    assert {name for name, _, _ in CASES} == {path.name for path in FIXTURES.glob("error_*.json")}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, {"detail": "Quoting is not allowed: you have not been mentioned or otherwise engaged"}, "not_summoned"),
        (403, {"errors": [{"code": 433, "message": "x"}]}, "not_summoned"),
        (403, {"errors": [{"code": 326, "message": "To protect our users..."}]}, "locked"),
        (403, {"errors": [{"code": 150, "message": "x"}]}, "no_dm"),
        (403, {"errors": [{"code": 226, "message": "automated"}]}, "restricted"),
        (403, {"detail": "something new"}, "forbidden"),
        (403, None, "forbidden"),
        (404, None, "not_found"),
        (402, None, "credits"),
        (409, {"detail": "?"}, "invalid"),
        (418, "a teapot", "invalid"),
        (503, "<html>", "server"),
        (500, {"detail": "permission to DM"}, "server"),
    ],
)  # fmt: skip
def test_numbers_words_and_bare_statuses(status: int, body: object, reason: str) -> None:
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    assert reason_of(HttpReply(status, {}, raw)) == reason


def test_what_passes_is_not_permanent() -> None:
    assert not refused(HttpReply(401, {}, b"")).permanent
    assert not refused(HttpReply(402, {}, b"")).permanent
    assert refused(HttpReply(403, {}, b"")).permanent


@given(st.integers(300, 599), st.binary(max_size=200) | st.builds(lambda x: json.dumps(x).encode(), st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["errors", "detail", "type", "title", "code", "message"]), inner), max_leaves=8)))  # fmt: skip
def test_any_body_is_classified_without_a_stumble(status: int, body: bytes) -> None:
    reply = HttpReply(status, {}, body)
    assert isinstance(refused(reply), Refused)
    assert problem(reply).detail
    assert len(words(reply)) <= 300


def _page() -> str:
    """The part about X; what the desk itself holds back has other codes."""
    return (ROOT / "docs/refusals.md").read_text().partition("\n## ")[0]


def test_the_page_lists_every_reason() -> None:
    page = _page()
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == {str(reason) for reason in Reason}


def test_the_page_says_who_tries_again_as_the_code_does() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\| ([^|]+) \|", _page(), re.MULTILINE)
    questions_only = {Reason.CONNECTIONS, Reason.UNREADABLE}
    trying = {Reason(code) for code, does in rows if does.startswith("tries again")}
    assert trying - questions_only == PASSING


RESET = str(NOW // 1000 + 400)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x-rate-limit-reset": RESET, "x-rate-limit-remaining": "0"}, 400),
        ({"x-rate-limit-reset": RESET}, 400),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "Mon, 02 Nov 2026 09:01:00 GMT"}, 60),
        ({"retry-after": "soon"}, 900),
        ({"retry-after": "0"}, 1),
        ({}, 900),
        ({"x-rate-limit-reset": "1"}, 900),
        ({"x-rate-limit-reset": "nonsense", "x-rate-limit-remaining": "-"}, 900),
        (
            {
                "x-rate-limit-remaining": "7",
                "x-rate-limit-reset": RESET,
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(NOW // 1000 + 50_000),
            },
            50_000,
        ),
        (
            {
                "x-app-limit-24hour-remaining": "0",
                "x-app-limit-24hour-reset": str(NOW // 1000 + 7000),
                "retry-after": "9",
            },
            7000,
        ),
    ],
)
def test_a_429_waits_as_long_as_its_headers_say(headers: dict[str, str], wait_s: int) -> None:
    outcome = answered(DM, HttpReply(429, headers, b""))
    assert outcome == Throttled(NOW + wait_s * 1000, "rate limit")


def test_a_used_up_month_is_no_rate_limit() -> None:
    body = (FIXTURES / "error_429_usage_capped.json").read_bytes()
    outcome = answered(DM, HttpReply(429, {"x-rate-limit-reset": RESET}, body))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.reason) == (False, "cap")


@pytest.mark.parametrize(
    "name", ["answer_post_created.json", "answer_post_created_post_spelling.json", "answer_dm_created.json"]
)
def test_taken_messages_have_their_id(name: str) -> None:
    outcome = answered(DM, HttpReply(201, {}, (FIXTURES / name).read_bytes()))
    assert isinstance(outcome, Sent)
    assert outcome.network_id in (FIXTURES / name).read_text()


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"data":null}', b'{"data":{"id":"x"}}'])
def test_taken_without_a_name_is_looked_up_not_sent_again(body: bytes) -> None:
    assert isinstance(answered(DM, HttpReply(201, {}, body)), Unknown)


def test_law_2_only_a_connection_that_never_stood_is_safe_to_repeat() -> None:
    safe = answered(DM, NoReply(left=False, detail="refused"))
    assert isinstance(safe, Refused)
    assert not safe.permanent
    assert answered(DM, NoReply(left=True, detail="silence")) == Unknown("silence")
    assert answered(DM, HttpReply(502, {}, b"<html>")) == Unknown("HTTP 502", answered=True)
