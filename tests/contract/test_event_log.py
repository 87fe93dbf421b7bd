"""The laws in the docstring of ports.event_log, held against every engine (law 1)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from careline.ports.event_log import EventLog, LoggedEvent, LogUnavailable, RawEvent
from contract.appender import open_log

APPENDER = Path(__file__).with_name("appender.py")


@dataclass(frozen=True)
class Place:
    """Where a log under test lives; opened logs are closed with the test."""

    url: str
    open: Callable[[], EventLog]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    url = str(tmp_path / "intake.db") if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened: list[EventLog] = []

    def open_it() -> EventLog:
        opened.append(open_log(url))
        return opened[-1]

    yield Place(url, open_it)
    for log in opened:
        log.close()


def raw(payload: bytes = b"{}", **fields: Any) -> RawEvent:
    values = {"workspace_id": 1, "app_id": 2, "network": "x", "source": "webhook", "received_ms": 3}
    return RawEvent(**(values | fields), payload=payload)


def all_of(log: EventLog, after: int = 0) -> list[LoggedEvent]:
    return log.read(after, 1_000_000)


def refuse_poison(place: Place) -> None:
    """Make the store itself refuse an event, in the middle of a batch."""
    if place.url.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(place.url, autocommit=True) as connection:
            connection.execute("ALTER TABLE raw_event ADD CHECK (payload <> 'poison'::bytea)")
    else:
        import sqlite3

        connection = sqlite3.connect(place.url)
        connection.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON event WHEN NEW.payload = CAST('poison' AS BLOB)"
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        connection.close()


def test_law_1_what_was_appended_is_there_for_everyone_at_once(place: Place) -> None:
    log, other = place.open(), place.open()
    seqs = log.append([raw(b'{"a":1}', workspace_id=2**62), raw(b"\x00\xff", source="stream")])
    assert other.head() == seqs[-1]
    assert [(e.seq, e.payload, e.workspace_id, e.source) for e in all_of(other)] == [
        (seqs[0], b'{"a":1}', 2**62, "webhook"),
        (seqs[1], b"\x00\xff", 1, "stream"),
    ]


def test_an_empty_log_and_an_empty_append(place: Place) -> None:
    log = place.open()
    assert (log.head(), log.read(0, 10), log.get([1]), log.append([])) == (0, [], [], [])


def test_law_1_a_batch_is_kept_whole_or_not_at_all(place: Place) -> None:
    log = place.open()
    before = log.append([raw()])
    refuse_poison(place)
    with pytest.raises(LogUnavailable):
        log.append([raw() for _ in range(300)] + [raw(b"poison")] + [raw()])
    assert [event.seq for event in all_of(log)] == before
    after = log.append([raw(b"next")])
    assert after[0] > before[0]
    assert [event.seq for event in all_of(log)] == before + after


def test_numbers_are_never_used_again(place: Place) -> None:
    log = place.open()
    seqs = log.append([raw() for _ in range(600)])
    again = place.open().append([raw() for _ in range(3)])
    assert seqs == sorted(set(seqs))
    assert min(again) > max(seqs)


def test_the_epoch_stays_until_it_is_renewed(place: Place) -> None:
    log, other = place.open(), place.open()
    first = log.epoch()
    assert first
    assert other.epoch() == first
    assert log.renew_epoch() != first
    assert other.epoch() == log.epoch() == place.open().epoch() != first


def test_a_redacted_event_keeps_its_place_and_says_why(place: Place) -> None:
    log, other = place.open(), place.open()
    seqs = log.append([raw(b"first"), raw(b"secret" * 500), raw(b"last")])
    log.redact(seqs[1], b"{}", "deleted by its author")
    assert [(e.payload, e.redacted) for e in all_of(other)] == [
        (b"first", ""),
        (b"{}", "deleted by its author"),
        (b"last", ""),
    ]
    log.redact(max(seqs) + 99, b"{}", "nobody")  # an unknown event is no error: it may have been restored away
    assert other.head() == seqs[-1]


def test_a_forgotten_workspace_leaves_the_others_and_no_number_comes_twice(place: Place) -> None:
    log, other = place.open(), place.open()
    seqs = log.append([raw(f"event {number}".encode(), workspace_id=1 + number % 2) for number in range(6)])
    assert (log.count(1), log.count(2), log.count(3)) == (3, 3, 0)
    assert log.forget(2) == 3
    assert [(one.seq, one.payload) for one in all_of(other)] == [
        (seqs[number], f"event {number}".encode()) for number in (0, 2, 4)
    ]
    assert (log.forget(2), log.forget(3), log.count(2)) == (0, 0, 0)
    assert other.head() == seqs[4]
    assert place.open().append([raw()])[0] > seqs[-1]


events_st = st.lists(
    st.builds(
        RawEvent,
        workspace_id=st.integers(1, 2**63 - 1),
        app_id=st.integers(1, 2**63 - 1),
        network=st.sampled_from(["x", "mastodon"]),
        source=st.sampled_from(["webhook", "stream", "list", "file"]),
        received_ms=st.integers(0, 2**53),
        payload=st.binary(max_size=6000),
    ),
    max_size=70,
)


class LogMachine(RuleBasedStateMachine):
    """The log against a list; `log` is set by the test for each engine."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.log = self.place.open()
        self.base = self.log.head()
        self.model: list[LoggedEvent] = []

    @rule(events=events_st)
    def append(self, events: list[RawEvent]) -> None:
        seqs = self.log.append(events)
        assert seqs == sorted(set(seqs))
        assert not seqs or seqs[0] > max([self.base, *(known.seq for known in self.model)])
        self.model += [
            LoggedEvent(seq, e.workspace_id, e.app_id, e.network, e.source, e.received_ms, e.payload)
            for seq, e in zip(seqs, events, strict=True)
        ]

    @rule(back=st.integers(0, 80), limit=st.integers(1, 100))
    def read(self, back: int, limit: int) -> None:
        after = max(self.log.head() - back, self.base)
        assert self.log.read(after, limit) == [known for known in self.model if known.seq > after][:limit]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), payload=st.binary(max_size=6000))
    def redact(self, data: st.DataObject, payload: bytes) -> None:
        place = data.draw(st.integers(0, len(self.model) - 1))
        old = self.model[place]
        self.log.redact(old.seq, payload, "gone")
        self.model[place] = LoggedEvent(
            old.seq, old.workspace_id, old.app_id, old.network, old.source, old.received_ms, payload, "gone"
        )
        assert self.log.get([old.seq, old.seq, -1]) == [self.model[place]]

    @rule()
    def open_again(self) -> None:
        self.log.close()
        self.log = self.place.open()

    def teardown(self) -> None:
        self.log.close()

    @invariant()
    def head_is_the_last(self) -> None:
        assert self.log.head() == max([self.base, *(known.seq for known in self.model)])


def test_any_history_reads_back_as_it_was_written(place: Place) -> None:
    machine = type("Machine", (LogMachine,), {"place": place})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def start_appender(url: str, name: str, batches: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(APPENDER), url, name, str(batches)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


def go(processes: list[subprocess.Popen[str]]) -> None:
    """All have opened the log, at the same moment and for the first time; now all append at the same moment."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def acknowledged(process: subprocess.Popen[str], lines: list[str]) -> dict[int, list[int]]:
    with process:
        rest = process.stdout.read() if process.stdout else ""
    # A line that the kill cut short was an acknowledgement that nobody heard.
    whole = [line for line in ("".join(lines) + rest).splitlines(keepends=True) if line.endswith("\n")]
    return {entry["batch"]: entry["seqs"] for entry in map(json.loads, whole)}


class Tail:
    """A reader that only ever asks for what comes after the highest seq it has seen."""

    def __init__(self, log: EventLog) -> None:
        self.seen: list[LoggedEvent] = []
        self._log, self._stop = log, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            last = self._stop.is_set()
            while batch := self._log.read(self.seen[-1].seq if self.seen else 0, 100):
                self.seen += batch
            if last:
                return
            self._stop.wait(0.001)

    def finish(self) -> list[LoggedEvent]:
        self._stop.set()
        self._thread.join()
        return self.seen


def test_law_1_several_processes_append_one_is_killed_and_a_reader_misses_nothing(place: Place) -> None:
    batches = 120
    processes = [start_appender(place.url, name, batches) for name in ("one", "two")]
    processes.append(start_appender(place.url, "killed", 1_000_000))
    go(processes)
    log = place.open()
    tail = Tail(place.open())
    victim = processes[-1]
    assert victim.stdout is not None
    first_lines = [victim.stdout.readline() for _ in range(20)]
    victim.kill()
    told = {
        name: acknowledged(process, first_lines if process is victim else [])
        for name, process in zip(("one", "two", "killed"), processes, strict=True)
    }
    everything = all_of(log)
    assert tail.finish() == everything
    check_acknowledged(everything, told)
    assert len(told["one"]) == len(told["two"]) == batches
    assert len(told["killed"]) >= 20


def check_acknowledged(everything: list[LoggedEvent], told: dict[str, dict[int, list[int]]]) -> None:
    """Every acknowledged batch is there under its numbers; every batch that is there is whole and in one piece."""
    parts: dict[tuple[str, int], list[int]] = {}
    sizes: dict[tuple[str, int], int] = {}
    for event in everything:
        payload = json.loads(event.payload)
        key = payload["by"], payload["batch"]
        assert payload["part"] == len(parts.setdefault(key, []))
        parts[key].append(event.seq)
        sizes[key] = payload["size"]
    assert {key: len(seqs) for key, seqs in parts.items()} == sizes
    for name, batches in told.items():
        for number, seqs in batches.items():
            assert parts[name, number] == seqs
