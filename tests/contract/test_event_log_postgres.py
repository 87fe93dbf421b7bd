"""What only the PostgreSQL log can get wrong: a server that must be told to be durable, and that can go away."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from careline.engines.log_postgres import PostgresEventLog
from careline.ports.event_log import LogUnavailable, RawEvent


@pytest.fixture
def log(postgres_url: str) -> Iterator[PostgresEventLog]:
    log = PostgresEventLog(postgres_url)
    yield log
    log.close()


def raw(payload: bytes = b"{}") -> RawEvent:
    return RawEvent(1, 2, "x", "webhook", 3, payload)


def administer(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_law_1_an_append_is_durable_whatever_the_servers_setting(postgres_url: str) -> None:
    database = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    administer(postgres_url, f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    log = PostgresEventLog(postgres_url)
    administer(
        postgres_url, "ALTER TABLE raw_event ADD COLUMN durable text DEFAULT current_setting('synchronous_commit')"
    )
    seq = log.append([raw()])[0]
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
        assert connection.execute("SELECT durable FROM raw_event WHERE seq = %s", (seq,)).fetchone() == ("on",)
    log.close()


def test_a_lost_connection_fails_one_call_and_no_more(log: PostgresEventLog, postgres_url: str) -> None:
    kept = log.append([raw()])
    administer(
        postgres_url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    with pytest.raises(LogUnavailable, match="could not take events"):
        log.append([raw()])
    assert log.append([raw()])[0] > kept[0]


def test_a_server_that_is_away_is_called_so() -> None:
    with pytest.raises(LogUnavailable, match="could not be opened"):
        PostgresEventLog("postgresql://nobody@127.0.0.1:9/none")
