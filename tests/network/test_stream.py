"""A live stream from a server that cuts lines where it likes, falls silent, or talks nonsense."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from careline.channels.base import Auth, HttpCall
from careline.network.perform import build
from careline.network.sign import NoCredentials
from careline.network.stream import StreamBroken, StreamRefused, open_stream
from network.conftest import Brand, Serve, X

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def _at(brand: Brand, base: str) -> Brand:
    brand.app.api_base = base
    brand.app.save()
    return brand


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _call() -> HttpCall:
    return replace(X.stream(0), timeout_s=0.5)


def test_lines_are_whole_wherever_the_network_cuts_them(brand: Brand, serve: Serve) -> None:
    def talk(_: bytes, to: socket.socket) -> None:
        to.sendall(HEAD)
        for piece in ('{"a":"ü'.encode()[:-1], 'ü"}\r\n\r'.encode()[1:], b'\n{"b":1}\n{"c":', b"2}\r\n"):
            to.sendall(_chunk(piece))
        to.sendall(b"0\r\n\r\n")

    lines: list[bytes] = []
    with pytest.raises(StreamBroken), open_stream(_at(brand, serve(talk)).session(), _call()) as stream:
        lines.extend(stream)
    assert lines == ['{"a":"ü"}'.encode(), b"", b'{"b":1}', b'{"c":2}']


def test_silence_is_a_broken_stream(brand: Brand, serve: Serve) -> None:
    over = threading.Event()

    def fall_silent(_: bytes, to: socket.socket) -> None:
        to.sendall(HEAD + _chunk(b"\r\n"))
        over.wait(5)

    seen: list[bytes] = []
    with pytest.raises(StreamBroken), open_stream(_at(brand, serve(fall_silent)).session(), _call()) as stream:
        seen.extend(stream)
    over.set()
    assert seen == [b""]


def test_a_cut_line_is_not_given_out(brand: Brand, serve: Serve) -> None:
    base = serve(lambda _, to: to.sendall(HEAD + _chunk(b'{"whole":1}\r\n{"half":')))
    seen: list[bytes] = []
    with pytest.raises(StreamBroken), open_stream(_at(brand, base).session(), _call()) as stream:
        seen.extend(stream)
    assert seen == [b'{"whole":1}']


def test_a_line_without_end_is_given_up(brand: Brand, serve: Serve) -> None:
    def shout(_: bytes, to: socket.socket) -> None:
        to.sendall(HEAD)
        while True:
            to.sendall(_chunk(b"x" * 100_000))

    with (
        pytest.raises(StreamBroken, match="too long"),
        open_stream(_at(brand, serve(shout)).session(), _call()) as stream,
    ):
        list(stream)


def test_a_refusal_keeps_x_s_words(brand: Brand, serve: Serve) -> None:
    base = serve(lambda _, to: to.sendall(b"HTTP/1.1 429 No\r\ncontent-length: 2\r\nx-a: b\r\n\r\nno"))
    with pytest.raises(StreamRefused) as refusal, open_stream(_at(brand, base).session(), _call()):
        pass
    assert (refusal.value.reply.status, refusal.value.reply.body) == (429, b"no")


def test_nobody_there_is_a_broken_stream(brand: Brand) -> None:
    with pytest.raises(StreamBroken), open_stream(_at(brand, "http://127.0.0.1:1").session(), _call()):
        pass


def test_an_app_without_a_bearer_says_so(brand: Brand) -> None:
    brand.app.secrets = {}
    brand.app.save()
    with pytest.raises(NoCredentials, match="bearer"), open_stream(brand.session(), _call()):
        pass


def test_a_real_workspace_never_reaches_inside(brand: Brand) -> None:
    brand.account.workspace.sandbox = False
    brand.account.workspace.save()
    with pytest.raises(StreamBroken, match="https only"), open_stream(brand.session(), _call()):
        pass


def test_our_name_goes_to_the_app_s_own_network_only(brand: Brand) -> None:
    with pytest.raises(ValueError, match="own network"):
        build(brand.session(), HttpCall("GET", "https://elsewhere.example/", "x", Auth.APP))
