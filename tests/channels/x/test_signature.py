"""Webhook proof: known answers, and above all what is never signed (the signing-oracle trap)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.x.given import FIXTURES, X

SECRET = "invented-consumer-secret"
TOKEN = "MDYyOWU4ZWQtNTY4MS00NGVkLThlNTMt"
HEADER = "x-twitter-webhooks-signature"


def _signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_a_challenge_is_answered_as_x_computes_it() -> None:
    answer = X.handshake({"crc_token": TOKEN, "nonce": "ignored"}, SECRET)
    assert answer is not None
    assert json.loads(answer) == {"response_token": _signature(TOKEN.encode())}


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 129, TOKEN + "\n", " " + TOKEN, TOKEN + "{", '{"data":{"event_type":1}}', "ä" * 20]
)
def test_what_is_no_token_is_not_signed(token: str) -> None:
    assert X.handshake({"crc_token": token}, SECRET) is None


def test_no_secret_no_answer_and_no_trust() -> None:
    assert X.handshake({"crc_token": TOKEN}, "") is None
    assert X.handshake({}, SECRET) is None
    assert not X.verify(b"{}", {HEADER: _signature(b"{}", "")}, "")


@given(st.text() | st.from_regex(r"[ \t\n]*[{\[].*", fullmatch=True))
def test_nothing_that_could_be_an_event_is_ever_signed(token: str) -> None:
    answer = X.handshake({"crc_token": token}, SECRET)
    if answer is None:
        return
    assert not token.strip().startswith(("{", "["))
    stolen = json.loads(answer)["response_token"]
    assert not X.verify(token.encode(), {HEADER: stolen}, SECRET), "a signed challenge must never pass as an event"


def test_a_number_is_json_and_a_token_and_still_no_event() -> None:
    body = b"1234567890123456"
    assert X.handshake({"crc_token": body.decode()}, SECRET) is not None
    assert not X.verify(body, {HEADER: _signature(body)}, SECRET)


def test_x_s_own_events_pass_and_changed_ones_do_not() -> None:
    body = (FIXTURES / "event_dm_received.json").read_bytes()
    assert X.verify(body, {HEADER: _signature(body)}, SECRET)
    assert not X.verify(body + b" ", {HEADER: _signature(body)}, SECRET)
    assert not X.verify(body, {HEADER: _signature(body, "another")}, SECRET)
    assert not X.verify(body, {HEADER: _signature(body).upper()}, SECRET)
    assert not X.verify(body, {}, SECRET)


@given(st.binary(), st.text())
def test_any_body_and_any_header_are_judged_without_a_stumble(body: bytes, header: str) -> None:
    assert X.verify(body, {HEADER: header}, SECRET) is False
