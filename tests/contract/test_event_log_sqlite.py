"""What only the SQLite log can get wrong: its durability settings, a full disk, old bytes in its files."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.engines.log_sqlite import SqliteEventLog
from careline.ports.event_log import LogUnavailable, RawEvent


def raw(payload: bytes) -> RawEvent:
    return RawEvent(1, 2, "x", "webhook", 3, payload)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "intake.db")
    yield log
    log.close()


@contextmanager
def disk_full(room: int) -> Iterator[None]:
    """No file of this process can grow beyond `room` bytes (the kernel's EFBIG stands in for ENOSPC)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_law_1_a_commit_waits_for_the_disk(log: SqliteEventLog) -> None:
    # 2 is FULL (sqlite.org/pragma.html#pragma_synchronous): only then is the WAL fsynced before COMMIT returns.
    assert log._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert log._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_law_1_a_full_disk_refuses_the_whole_batch_and_space_lets_it_go_on(log: SqliteEventLog) -> None:
    kept = log.append([raw(b"small")])
    with disk_full(room=100_000), pytest.raises(LogUnavailable, match=r"intake\.db could not take events"):
        log.append([raw(b"x" * 10_000) for _ in range(50)])
    assert [event.seq for event in log.read(0, 100)] == kept
    assert log.append([raw(b"y" * 10_000)])[0] > kept[0]
    assert log.head() == log.read(0, 100)[-1].seq


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(size=st.integers(40, 30_000), others=st.integers(0, 30), shorter=st.integers(0, 200))
def test_redacted_bytes_are_in_none_of_the_files(
    tmp_path_factory: pytest.TempPathFactory, size: int, others: int, shorter: int
) -> None:
    folder = tmp_path_factory.mktemp("redact")
    secret = b"the order number is 4711 "
    log = SqliteEventLog(folder / "intake.db")
    log.append([raw(b"before") for _ in range(others)])
    seq = log.append([raw((secret * (size // len(secret) + 1))[:size])])[0]
    log.append([raw(b"after") for _ in range(others)])
    assert any(secret in path.read_bytes() for path in folder.iterdir())
    log.redact(seq, b"-" * max(0, size - shorter), "gone")
    assert not any(secret in path.read_bytes() for path in folder.iterdir())
    log.close()


def test_a_reader_in_the_way_of_a_redaction_is_told_and_not_passed_over(
    log: SqliteEventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append([raw(b"secret words")])
    log._writer.execute("PRAGMA busy_timeout = 50")
    reader = sqlite3.connect(tmp_path / "intake.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchone()
    with pytest.raises(LogUnavailable, match="still in its WAL"):
        log.redact(1, b"{}", "gone")
    reader.close()
    log.redact(1, b"{}", "gone")
    assert not any(b"secret words" in path.read_bytes() for path in tmp_path.iterdir())


def test_numbers_are_not_used_again_even_when_the_last_events_were_taken_out(
    log: SqliteEventLog, tmp_path: Path
) -> None:
    seqs = log.append([raw(b"1"), raw(b"2")])
    surgeon = sqlite3.connect(tmp_path / "intake.db", isolation_level=None)
    surgeon.execute("DELETE FROM event")
    surgeon.close()
    assert log.append([raw(b"3")])[0] > seqs[-1]


def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    SqliteEventLog(tmp_path / "intake.db").close()
    with sqlite3.connect(tmp_path / "intake.db") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(LogUnavailable, match="newer version of Careline"):
        SqliteEventLog(tmp_path / "intake.db")


def test_what_is_no_log_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "intake.db").write_bytes(b"not a database at all, but long enough to look like one " * 40)
    with pytest.raises(LogUnavailable, match="could not be opened"):
        SqliteEventLog(tmp_path / "intake.db")
    with pytest.raises(LogUnavailable, match="could not be opened"):
        SqliteEventLog(tmp_path / "no such folder" / "intake.db")


def test_forgotten_bytes_are_in_none_of_the_files(log: SqliteEventLog, tmp_path: Path) -> None:
    other = RawEvent(2, 2, "x", "webhook", 3, b"somebody else's")
    log.append([raw(b"the order number is 4711 " * 400), other, raw(b"4711")])
    assert log.forget(1) == 2
    assert not [path.name for path in tmp_path.iterdir() if b"4711" in path.read_bytes()]
    assert [one.payload for one in log.read(0, 9)] == [other.payload]
