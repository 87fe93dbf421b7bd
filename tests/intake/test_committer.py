"""The group committer: everyone is told the truth about their own events, and what waits is bounded (law 1)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.engines.log_sqlite import SqliteEventLog
from careline.intake.committer import Committer, QueueFull
from careline.ports.event_log import LogUnavailable, RawEvent
from intake.serving import until


class GatedLog(SqliteEventLog):
    """A real log whose disk the test can hold, spoil, and look at: `sizes` are those of its commits."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.sizes: list[int] = []
        self.arrived = threading.Event()

    def append(self, events: Sequence[RawEvent]) -> list[int]:
        self.arrived.set()
        self.gate.wait()
        if self.error:
            raise self.error
        self.sizes.append(len(events))
        return super().append(events)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Commits wait at the gate meanwhile, also when the test fails."""
        self.arrived.clear()
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[GatedLog]:
    log = GatedLog(tmp_path / "intake.db")
    yield log
    log.gate.set()
    log.close()


@pytest.fixture
def committer(log: GatedLog) -> Iterator[Callable[..., Committer]]:
    made: list[Committer] = []

    def make(**limits: int) -> Committer:
        made.append(Committer(log, **limits))
        return made[-1]

    yield make
    log.gate.set()
    for one in made:
        one.close()


def raw(payload: bytes = b"{}") -> RawEvent:
    return RawEvent(1, 2, "x", "webhook", 3, payload)


def test_many_waiters_share_one_commit_and_each_learns_its_own_number(
    log: GatedLog, committer: Callable[..., Committer]
) -> None:
    group = committer()

    async def everyone() -> list[int]:
        with log.held():
            waiting = [asyncio.ensure_future(group.commit(raw(b"%d" % number))) for number in range(100)]
            await asyncio.to_thread(log.arrived.wait)
        return await asyncio.gather(*waiting)

    seqs = asyncio.run(everyone())
    assert [int(event.payload) for event in log.get(seqs)] == list(range(100))
    assert len(log.sizes) <= 3


def test_law_1_nobody_is_told_before_the_commit(log: GatedLog, committer: Callable[..., Committer]) -> None:
    group = committer()
    with ThreadPoolExecutor(1) as pool, log.held():
        answer = pool.submit(group.append, [raw(), raw()])
        assert log.arrived.wait(10)
        assert not answer.done()
    assert answer.result(10) == [1, 2]


@pytest.mark.parametrize("error", [LogUnavailable("disk full"), ZeroDivisionError("a fault of the engine")])
def test_law_1_a_failed_commit_fails_every_waiter_and_the_next_one_goes_through(
    log: GatedLog, committer: Callable[..., Committer], error: Exception
) -> None:
    group = committer()
    log.error = error

    async def everyone() -> list[int | BaseException]:
        return await asyncio.gather(*(group.commit(raw()) for _ in range(20)), return_exceptions=True)

    assert {type(one) for one in asyncio.run(everyone())} == {LogUnavailable}
    with pytest.raises(LogUnavailable):
        group.append([raw()])
    log.error = None
    assert group.append([raw()]) == [log.head()] == [1]


@pytest.mark.parametrize(("limits", "fits"), [({"max_events": 4}, 4), ({"max_bytes": 40}, 4), ({"max_bytes": 1}, 1)])
def test_what_waits_is_bounded_in_number_and_in_size(
    log: GatedLog, committer: Callable[..., Committer], limits: dict[str, int], fits: int
) -> None:
    group = committer(**limits)
    with ThreadPoolExecutor(8) as pool, log.held():
        first = pool.submit(group.append, [raw()])
        assert log.arrived.wait(10)
        waiting = []
        while not group.full():
            waiting.append(pool.submit(group.append, [raw(b"x" * 10)]))
            until(lambda: group.full() or group._events == len(waiting), "the event to wait in the queue")
        assert len(waiting) == fits
        with pytest.raises(QueueFull):
            group.append([raw()])
    assert first.result(10)
    assert all(one.result(10) for one in waiting)
    assert not group.full()


def test_a_waiter_that_gave_up_does_not_stop_the_others(log: GatedLog, committer: Callable[..., Committer]) -> None:
    group = committer()

    async def impatient() -> int:
        with log.held():
            gone = asyncio.ensure_future(group.commit(raw(b"gone")))
            stays = asyncio.ensure_future(group.commit(raw(b"stays")))
            await asyncio.to_thread(log.arrived.wait)
            gone.cancel()
        return await stays

    assert log.get([asyncio.run(impatient())])[0].payload == b"stays"


def test_a_loop_that_ended_meanwhile_does_not_stop_the_writer(
    log: GatedLog, committer: Callable[..., Committer]
) -> None:
    group = committer()

    async def leaves() -> None:
        waiting = asyncio.ensure_future(group.commit(raw()))
        await asyncio.to_thread(log.arrived.wait)
        assert not waiting.done()

    with log.held():
        asyncio.run(leaves())
    assert group.append([raw()]) == [2]


def test_closing_keeps_what_waits_and_takes_nothing_more(log: GatedLog, committer: Callable[..., Committer]) -> None:
    group = committer()
    with ThreadPoolExecutor(3) as pool, log.held():
        first = pool.submit(group.append, [raw()])
        assert log.arrived.wait(10)
        second = pool.submit(group.append, [raw()])
        until(lambda: group._events == 1, "the second to wait")
        closing = pool.submit(group.close)
        until(lambda: not group._open, "closing to begin")
        with pytest.raises(QueueFull):
            group.append([raw()])
    closing.result(10)
    assert (first.result(10), second.result(10)) == ([1], [2])


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(st.lists(st.binary(max_size=30), max_size=40), max_size=12), batch=st.integers(1, 50))
def test_every_call_gets_exactly_its_own_events_back(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[bytes]], batch: int
) -> None:
    log = SqliteEventLog(tmp_path_factory.mktemp("any") / "intake.db")
    group = Committer(log, batch=batch)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda payloads: group.append([raw(one) for one in payloads]), calls))
    assert [[event.payload for event in log.get(seqs)] for seqs in answers] == calls
    assert log.head() == sum(map(len, calls))
    group.close()
    log.close()
