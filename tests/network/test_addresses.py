"""The desk talks to the public internet only, and to the very address that it looked at."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.channels.base import NoReply
from careline.network.addresses import PublicOnly, is_public
from careline.network.client import Client


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
        "2001:db8::1", "", "nonsense", "1.2.3", "0x7f.1",
    ],
)  # fmt: skip
def test_addresses_inside_the_house_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["104.244.42.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_no_dress_makes_a_private_address_public(inside: ipaddress.IPv4Address) -> None:
    number = int(inside)
    dressed = (
        ipaddress.IPv6Address(0xFFFF00000000 + number),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number),
        ipaddress.IPv6Address((0x2002 << 112) + (number << 80)),
    )
    assert not any(is_public(str(one)) for one in (inside, *dressed))


def test_a_second_dns_answer_is_never_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["8.8.4.4"], ["127.0.0.1"]])
    went: list[object] = []

    def connect(address: object, *_: object, **__: object) -> socket.socket:
        went.append(address)
        raise OSError("far away")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(httpcore.ConnectError, match="far away"):
        PublicOnly(lambda _host, _port: next(answers)).connect_tcp("rebinding.example", 443, timeout=1)
    assert went == [("8.8.4.4", 443)]


def test_private_answers_among_public_ones_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        went.append(address[0])
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    mixed = ["10.0.0.1", "1.1.1.1", "::1", "8.8.8.8"]
    with pytest.raises(httpcore.ConnectTimeout):
        PublicOnly(lambda _host, _port: mixed).connect_tcp("mixed.example", 443, timeout=1)
    assert went == ["1.1.1.1", "8.8.8.8"]


@pytest.mark.parametrize(
    "url",
    ["https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x", "https://2130706433/x"],
)
def test_the_client_does_not_go_inside(url: str) -> None:
    client = Client()
    reply = client.exchange(client.build("GET", url), timeout_s=2, max_bytes=100)
    client.close()
    assert isinstance(reply, NoReply)
    assert not reply.left


NOWHERE = Client(lambda _host, _port: [])


@given(st.text(max_size=60))
def test_an_address_that_somebody_made_up_breaks_nothing(rest: str) -> None:
    with contextlib.suppress(httpx.InvalidURL):
        reply = NOWHERE.exchange(NOWHERE.build("GET", "https://" + rest), timeout_s=0.1, max_bytes=100)
        assert isinstance(reply, NoReply)
        assert not reply.left


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "/relative"])
def test_the_client_speaks_https_only(url: str) -> None:
    client = Client()
    reply = client.exchange(client.build("GET", url), timeout_s=2, max_bytes=100)
    client.close()
    assert isinstance(reply, NoReply)
    assert not reply.left
    assert "https only" in reply.detail


def test_the_sandbox_exception_is_one_origin_exactly() -> None:
    client = Client()
    for url in ("http://127.0.0.1:1/x", "http://127.0.0.2:9/x", "http://localhost:9/x", "https://127.0.0.1:9/x"):
        reply = client.exchange(client.build("GET", url), timeout_s=2, max_bytes=100, open_origin="http://127.0.0.1:9")
        assert isinstance(reply, NoReply)
        assert "https only" in reply.detail or "public internet" in reply.detail
    client.close()
