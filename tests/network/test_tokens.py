"""OAuth 2.0 tokens at the served sandbox: renewed before they end, once after a 401, and by one thread alone."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet
from structlog.testing import capture_logs

from careline.channels.base import Auth, HttpCall, HttpReply
from careline.network.perform import exchange
from careline.network.tokens import access_token, after_refusal
from network.conftest import Brand, Serve, make_brand, now_ms
from sandbox.served import Served
from support.databases import both_databases

ME = HttpCall("GET", "/2/users/me", "GET /2/users/me", Auth.USER_OAUTH2)


def _status(brand: Brand) -> int:
    reply = exchange(brand.session(), ME)
    assert isinstance(reply, HttpReply)
    return reply.status


def test_a_good_token_is_left_alone(brand: Brand) -> None:
    brand.account.token_expires_ms = now_ms() + 3_600_000
    brand.account.save()
    assert _status(brand) == 200
    assert access_token(brand.session()) == brand.account.secrets["access_token"]


def test_a_token_about_to_end_is_renewed_first(brand: Brand) -> None:
    before = dict(brand.account.secrets)
    brand.account.token_expires_ms = now_ms() + 1000
    brand.account.save()
    assert _status(brand) == 200
    brand.account.refresh_from_db()
    assert brand.account.secrets["access_token"] != before["access_token"]
    assert brand.account.secrets["refresh_token"] != before["refresh_token"]
    assert brand.account.secrets["oauth1_token"] == before["oauth1_token"]
    assert brand.account.token_expires_ms > now_ms() + 7_000_000


def test_a_token_that_x_refuses_is_renewed_once(brand: Brand) -> None:
    brand.account.secrets = {**brand.account.secrets, "access_token": "run-out"}
    brand.account.save()
    assert _status(brand) == 200


def test_a_token_that_somebody_else_renewed_is_taken(brand: Brand) -> None:
    current = brand.account.secrets["access_token"]
    assert after_refusal(brand.session(), "an older one") == current
    assert after_refusal(brand.session(), current) not in (None, current)


def test_a_dead_refresh_token_asks_for_a_person(brand: Brand) -> None:
    brand.account.secrets = {**brand.account.secrets, "access_token": "run-out", "refresh_token": "dead"}
    brand.account.token_expires_ms = 1
    brand.account.save()
    assert _status(brand) == 401
    brand.account.refresh_from_db()
    assert "connect the account again" in brand.account.trouble
    assert brand.account.token_expires_ms == 1


def test_a_claim_left_by_a_killed_process_lapses(brand: Brand) -> None:
    brand.account.token_expires_ms = -(now_ms() - 1)
    brand.account.save()
    assert _status(brand) == 200
    brand.account.refresh_from_db()
    assert brand.account.token_expires_ms > now_ms()


@pytest.mark.django_db(transaction=True)
def test_new_tokens_are_written_down_although_the_database_stumbles(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X has forgotten the old pair by then."""
    real, stumbles = QuerySet.update, iter([True, True])

    def update(rows: QuerySet[Any], **values: Any) -> int:
        if "secrets" in values and next(stumbles, False):
            raise OperationalError("database is locked")
        return real(rows, **values)

    monkeypatch.setattr(QuerySet, "update", update)
    brand.account.token_expires_ms = 1
    brand.account.save()
    before = brand.account.secrets["access_token"]
    assert _status(brand) == 200
    brand.account.refresh_from_db()
    assert brand.account.secrets["access_token"] != before
    assert _status(brand) == 200


@pytest.mark.parametrize("told", [None, "soon", -1, [], 7200])
def test_an_odd_lifetime_does_not_cost_the_new_tokens(brand: Brand, serve: Serve, told: object) -> None:
    answer = json.dumps({"access_token": "new", "refresh_token": "newer", "expires_in": told}).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(answer)}\r\nconnection: close\r\n\r\n".encode()
    brand.app.api_base = serve(lambda _, to: to.sendall(head + answer))
    brand.app.save()
    brand.account.token_expires_ms = 1
    brand.account.save()
    assert access_token(brand.session()) == "new"
    brand.account.refresh_from_db()
    assert brand.account.secrets["refresh_token"] == "newer"
    assert brand.account.token_expires_ms > now_ms()


@both_databases
@pytest.mark.django_db(transaction=True)
def test_many_threads_renew_once(x: Served, network: object, database: object) -> None:
    brand = make_brand(x, network, token_expires_ms=1)  # type: ignore[arg-type]
    brand.account.secrets = {**brand.account.secrets, "access_token": "run-out"}
    brand.account.save()
    start = threading.Barrier(8)

    def call(_: int) -> tuple[int, str | None]:
        try:
            start.wait()
            return _status(brand), access_token(brand.session())
        finally:
            connection.close()

    with capture_logs() as lines, ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(call, range(8)))
    assert {status for status, _ in outcomes} == {200}
    assert len({token for _, token in outcomes}) == 1
    assert [line["event"] for line in lines if "renewed" in line["event"]] == ["token renewed"]
    brand.account.refresh_from_db()
    assert brand.account.trouble == ""
