"""The webhook's door over real HTTP (law 1): what is taken is in the log, what is not says why and is counted."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.engines.log_sqlite import SqliteEventLog
from intake.served import SECRET
from intake.serving import HEADER, Served, sign, until

BODY = b'{"data": {"event_type": "post.create"}}'
_any_state = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def client(edge: Served) -> Iterator[httpx.Client]:
    with edge.client() as client:
        yield client


@pytest.fixture
def log(edge: Served) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(edge.log)
    yield log
    log.close()


def post(client: httpx.Client, body: bytes = BODY, *, path: str = "/in/x/7", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, content=body, headers={"content-type": "application/json", HEADER: sign(body)} | named)


def test_law_1_a_signed_event_is_in_the_log_byte_for_byte_when_the_200_comes(
    client: httpx.Client, log: SqliteEventLog
) -> None:
    body = b' {"text": "\xf0\x9f\x98\x80 not re-encoded \\u00e9", "n": 18446744073709551616 }\n'
    before = log.head()
    assert post(client, body).status_code == 200
    event = log.read(before, 10)[0]
    assert (event.payload, event.workspace_id, event.app_id, event.network, event.source) == (
        body,
        1,
        7,
        "x",
        "webhook",
    )


def test_a_signed_event_that_nobody_understands_is_kept_all_the_same(client: httpx.Client, log: SqliteEventLog) -> None:
    assert post(client, b'{"cut off": ').status_code == 200
    assert log.read(log.head() - 1, 1)[0].payload == b'{"cut off": '


@pytest.mark.parametrize(
    ("status", "outcome", "body", "change"),
    [
        (401, "forged", BODY, {HEADER: sign(BODY, "another secret")}),
        (401, "forged", BODY, {HEADER: sign(BODY + b" ")}),
        (401, "forged", BODY, {HEADER: ""}),
        (401, "forged", BODY, {HEADER: sign(BODY).removeprefix("sha256=")}),
        (401, "forged", BODY, {HEADER: "sha256=\u00e9\u00fc"}),
        (413, "too_large", b"{" + b" " * 100_000, {}),
        (415, "wrong_type", BODY, {"content-type": "text/plain"}),
        (415, "wrong_type", BODY, {"content-type": "application/x-www-form-urlencoded"}),
        (415, "wrong_type", BODY, {"content-type": ""}),
        (415, "wrong_type", BODY, {"content-encoding": "gzip"}),
        (400, "malformed", b"[1, 2]", {}),
        (400, "malformed", b"", {}),
        (400, "malformed", b"12345", {}),
    ],
)
def test_what_is_not_taken_says_why_is_counted_and_leaves_no_event(
    edge: Served,
    client: httpx.Client,
    log: SqliteEventLog,
    status: int,
    outcome: str,
    body: bytes,
    change: dict[str, str],
) -> None:
    before, counted = log.head(), edge.counts().get(outcome, 0)
    sent = {"content-type": "application/json", HEADER: sign(body)} | change
    answer = client.post(
        "/in/x/7", content=body, headers={name: value.encode("latin-1") for name, value in sent.items()}
    )
    assert (answer.status_code, edge.counts()[outcome]) == (status, counted + 1)
    assert log.head() == before


@pytest.mark.parametrize(
    "path", ["/in/x/8", "/in/x/", "/in/x", "/in/y/7", "/in/x/7/8", "/in/x/-7", "/in/x/" + "9" * 30, "/in/x/\u0667"]
)
def test_an_unknown_address_is_not_found(client: httpx.Client, path: str) -> None:
    assert post(client, path=path).status_code == 404
    assert client.get(path, params={"crc_token": "A" * 40}).status_code == 404


def test_other_methods_are_not_allowed(client: httpx.Client) -> None:
    answer = client.put("/in/x/7", content=BODY)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_a_desk_that_cannot_be_asked_for_an_unseen_app_says_come_again(client: httpx.Client) -> None:
    answer = post(client, path="/in/x/99")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_json_with_a_charset_is_json(client: httpx.Client) -> None:
    assert post(client, content_type="application/json; charset=UTF-8").status_code == 200


def test_the_challenge_is_answered_as_x_checks_it(client: httpx.Client) -> None:
    token = "bXktdG9rZW4tbXktdG9rZW4="
    answer = client.get("/in/x/7", params={"crc_token": token})
    assert answer.status_code == 200
    assert json.loads(answer.content) == {"response_token": sign(token.encode())}


@_any_state
@given(token=st.one_of(st.text(max_size=200), st.from_regex(r"[A-Za-z0-9+/=_-]{10,140}", fullmatch=True)))
def test_law_1_no_answered_challenge_is_the_signature_of_a_body_that_is_taken(
    edge: Served, client: httpx.Client, token: str
) -> None:
    answer = client.get("/in/x/7", params={"crc_token": token.encode("utf-8", "surrogatepass")})
    if answer.status_code == 200:
        signature = json.loads(answer.content)["response_token"]
        assert post(client, token.encode(), **{HEADER: signature}).status_code in {400, 401}
    else:
        assert answer.status_code == 400


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@_any_state
@given(body=st.dictionaries(st.text(max_size=10), _json_values).map(lambda one: json.dumps(one, ensure_ascii=False)))
def test_law_1_no_body_that_could_be_an_event_is_signed_as_a_challenge(client: httpx.Client, body: str) -> None:
    answer = client.get("/in/x/7", params={"crc_token": body.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 400
    assert SECRET not in answer.text
    assert sign(body.encode("utf-8", "surrogatepass")) not in answer.text


@pytest.mark.parametrize(
    "query",
    ["", "crc_token=", "crc_token=" + "A" * 200, "crc_token=" + "A" * 40 + "&crc_token=" + "B" * 40, "x=" + "y" * 2000],
)
def test_a_malformed_challenge_is_refused(edge: Served, client: httpx.Client, query: str) -> None:
    counted = edge.counts().get("bad_challenge", 0)
    assert client.get(f"/in/x/7?{query}").status_code == 400
    assert edge.counts()["bad_challenge"] == counted + 1


@_any_state
@given(body=st.binary(max_size=300), signature=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=80))
def test_anything_unsigned_is_refused_without_an_error(client: httpx.Client, body: bytes, signature: str) -> None:
    signed = {"content-type": b"application/json", HEADER: signature.encode("latin-1", "ignore")}
    answer = client.post("/in/x/7", content=body, headers=signed)
    assert 400 <= answer.status_code < 500


def test_a_body_that_never_ends_is_stopped_at_the_limit(edge: Served) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"{" * 10_000

    with edge.client() as client, suppress(httpx.WriteError):  # hung up on is as good as told
        answer = client.post("/in/x/7", content=endless(), headers={"content-type": "application/json"})
        assert answer.status_code == 413
    assert edge.counts()["too_large"] >= 1


def test_a_sender_that_hangs_up_half_way_is_counted_and_nothing_is_kept(edge: Served, log: SqliteEventLog) -> None:
    before = log.head()
    with socket.create_connection(("127.0.0.1", edge.port)) as half:
        head = f"POST /in/x/7 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{HEADER}: {sign(BODY)}\r\n"
        half.sendall(f"{head}content-length: {len(BODY)}\r\n\r\n".encode() + BODY[:10])
    until(lambda: edge.counts().get("cut"), "the hang-up to be counted")
    assert log.head() == before
