"""The tests' own ground: two engines in one run, nothing kept between tests, nothing spoken beyond this machine."""

from __future__ import annotations

import socket

import pytest
from django.db import connection, transaction
from pytest_socket import SocketConnectBlockedError

from careline.actions import context
from careline.store.models import User, Workspace
from support.databases import both_databases


@both_databases
@pytest.mark.parametrize("again", [1, 2])
def test_each_test_starts_empty_on_the_engine_it_asks_for(database, workspace, again):
    assert connection.vendor == database.current
    assert Workspace.objects.count() == 1


@both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [1, 2])
def test_real_commits_are_swept_away_too(database, workspace, again):
    with transaction.atomic(durable=True):
        assert Workspace.objects.count() == 1


@pytest.mark.postgres
def test_the_private_postgresql_is_durable_and_has_no_port(workspace):
    with connection.cursor() as cursor:
        for name, value in {"fsync": "on", "synchronous_commit": "on", "listen_addresses": ""}.items():
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)


def test_actors_are_members_of_the_workspace(desk, workspace, agent, observer):
    assert context.current() is desk
    assert (agent.role, observer.role) == ("agent", "observer")
    assert User.objects.filter(memberships__workspace_id=workspace.id).count() == 2


def test_the_clock_moves_when_told(clock):
    before = clock.now_ms()
    assert clock.advance(5, seconds=2, minutes=1) == before + 62_005 == clock.now_ms()


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_nothing_is_spoken_beyond_this_machine():
    with pytest.raises(SocketConnectBlockedError), socket.socket() as stranger:
        stranger.connect(("192.0.2.1", 80))


def test_sqlite_runs_as_an_install_does(workspace):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)
