"""The one HTTP client against servers that misbehave."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from careline.channels.base import HttpReply, NoReply, Reply
from careline.network.client import Client
from network.conftest import Serve


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


def _ask(client: Client, base: str, path: str = "/", *, method: str = "GET", **limits: float) -> Reply:
    request = client.build(method, base + path, headers={"authorization": "Bearer secret"})
    options = {"timeout_s": 2.0, "max_bytes": 1000, **limits}
    return client.exchange(request, open_origin=base, **options)  # type: ignore[arg-type]


def _http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _noting(seen: list[bytes], answer: bytes) -> Callable[[bytes, socket.socket], None]:
    def handle(request: bytes, to: socket.socket) -> None:
        seen.append(request)
        to.sendall(answer)

    return handle


def test_an_answer_has_lower_case_headers_and_its_bytes(client: Client, serve: Serve) -> None:
    base = serve(lambda _, to: to.sendall(_http("201 Created", b"\xff\x00ok", "X-Rate-Limit-Reset: 5")))
    reply = _ask(client, base)
    assert isinstance(reply, HttpReply)
    assert (reply.status, reply.body, reply.headers["x-rate-limit-reset"]) == (201, b"\xff\x00ok", "5")


def test_our_name_is_on_every_request(client: Client, serve: Serve) -> None:
    seen: list[bytes] = []
    base = serve(_noting(seen, _http("200 OK")))
    _ask(client, base)
    assert b"careline/" in seen[0].lower()


def test_too_large_an_answer_is_cut_off(client: Client, serve: Serve) -> None:
    base = serve(lambda _, to: to.sendall(_http("200 OK", b"x" * 5000)))
    assert _ask(client, base) == NoReply(left=True, detail="The answer is larger than 1000 bytes.", too_large=True)


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_off(client: Client, serve: Serve) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    base = serve(lambda _, to: to.sendall(_http("200 OK", bomb, "content-encoding: gzip")))
    reply = _ask(client, base)
    assert isinstance(reply, NoReply)
    assert reply.too_large


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n", b"HTTP/1.1 200 OK\r\nx-slow: "])
def test_law_2_an_answer_that_trickles_is_over_in_time(client: Client, serve: Serve, head: bytes) -> None:
    """Each piece comes within the time-out, all of them never: a lease must not run out under such an attempt."""
    over = threading.Event()

    def trickle(_: bytes, to: socket.socket) -> None:
        to.sendall(head)
        while not over.wait(0.05):
            to.sendall(b"x")

    reply = _ask(client, serve(trickle), timeout_s=0.4, max_bytes=100_000)
    over.set()
    assert isinstance(reply, NoReply)
    assert reply.left


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"]
)
def test_half_an_answer_is_doubt(client: Client, serve: Serve, answer: bytes) -> None:
    reply = _ask(client, serve(lambda _, to: to.sendall(answer)), method="POST")
    assert isinstance(reply, NoReply)
    assert reply.left


def test_a_reset_connection_is_doubt(client: Client, serve: Serve) -> None:
    def reset(_: bytes, to: socket.socket) -> None:
        to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    reply = _ask(client, serve(reset), method="POST")
    assert isinstance(reply, NoReply)
    assert reply.left


def test_a_get_is_followed_on_its_own_origin_only(client: Client, serve: Serve) -> None:
    seen: list[bytes] = []

    def elsewhere(request: bytes, to: socket.socket) -> None:
        seen.append(request)
        to.sendall(_http("200 OK", b"elsewhere"))

    away = serve(elsewhere)

    def here(request: bytes, to: socket.socket) -> None:
        if b" /out " in request:
            to.sendall(_http("302 Found", b"", f"location: {away}/x"))
        elif b" /in " in request:
            to.sendall(_http("302 Found", b"", "location: /there"))
        else:
            to.sendall(_http("200 OK", b"there" if b"Bearer secret" in request else b"no name"))

    base = serve(here)
    followed = _ask(client, base, "/in")
    assert isinstance(followed, HttpReply)
    assert followed.body == b"there"
    stayed = _ask(client, base, "/out")
    assert isinstance(stayed, HttpReply)
    assert stayed.status == 302
    assert seen == [], "nothing, and above all no token, goes to another origin"


def test_what_changes_something_is_never_sent_on(client: Client, serve: Serve) -> None:
    count: list[bytes] = []
    base = serve(_noting(count, _http("307 Go", b"", "location: /b")))
    reply = _ask(client, base, "/a", method="POST")
    assert isinstance(reply, HttpReply)
    assert (reply.status, len(count)) == (307, 1)


def test_a_redirect_in_a_circle_ends(client: Client, serve: Serve) -> None:
    def circle(request: bytes, to: socket.socket) -> None:
        to.sendall(_http("302 Found", b"", "location: /b" if b" /a " in request else "location: /a"))

    reply = _ask(client, serve(circle), "/a")
    assert isinstance(reply, HttpReply)
    assert reply.status == 302
