"""The live stream and the lists against the served local X (law 1): whatever fails in between, nothing is missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from careline.actions.context import Desk
from careline.channels.base import Collected, HttpCall, HttpReply, Marks, Steps
from careline.channels.x.channel import XChannel
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake import stream as stream_module
from careline.intake.catchup import CatchUp
from careline.intake.committer import Committer
from careline.intake.pump import Pump
from careline.intake.stream import Feed, Lines
from careline.network.client import Client
from careline.network.perform import perform
from careline.network.session import open_session
from careline.network.stream import StreamRefused, open_stream
from careline.ports.event_log import LogUnavailable, RawEvent
from careline.store.models import Account, Gap, Message
from careline.store.scoped import scoped
from intake.serving import until
from network.conftest import Brand, RealClock, make_brand, order_fault
from sandbox.served import Person, Served, served
from support.rows import make_account

pytestmark = pytest.mark.django_db(transaction=True)


class FailingLog(SqliteEventLog):
    """A real log that refuses while `broken`."""

    broken = False

    def append(self, events: Sequence[RawEvent]) -> list[int]:
        if self.broken:
            raise LogUnavailable("no space left")
        return super().append(events)


@pytest.fixture(scope="module")
def x() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def brand(x: Served, db: None) -> Iterator[Brand]:
    client = Client()
    yield make_brand(x, client)
    x.http.delete("/_sandbox/faults")
    client.close()


@pytest.fixture
def mia(x: Served) -> Person:
    return x.person("mia")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FailingLog]:
    log = FailingLog(tmp_path / "intake.db")
    yield log
    log.close()


@pytest.fixture
def committer(log: FailingLog) -> Iterator[Committer]:
    committer = Committer(log)
    yield committer
    committer.close()


@pytest.fixture
def real_desk() -> Desk:
    return Desk(clock=RealClock(), poke=lambda _: None)


@pytest.fixture
def lists(real_desk: Desk, brand: Brand, committer: Committer) -> CatchUp:
    def run(account: Account, steps: Steps[Any]) -> Any:
        where = {"workspace_id": account.workspace_id, "app_id": account.app_id, "account_id": account.id}
        return perform(open_session(brand.client, RealClock(), XChannel(), **where), steps)

    return CatchUp(real_desk, XChannel(), run, committer, arrived=lambda: None)


def account_of(brand: Brand) -> Account:
    return scoped(Account, brand.account.workspace_id).select_related("app").get(id=brand.account.id)


def texts_in_desk(brand: Brand, log: SqliteEventLog, desk: Desk) -> list[str]:
    pump = Pump(log=log, channels={"x": XChannel()}, desk=desk)
    while pump.step():
        pass
    return sorted(scoped(Message, brand.account.workspace_id).values_list("text", flat=True))


def test_law_1_the_lists_bring_what_was_missed_and_the_marks_remember(
    brand: Brand, mia: Person, lists: CatchUp, log: FailingLog, real_desk: Desk
) -> None:
    mia.says(f"@{brand.person.username} where is it")
    mia.writes_to(brand.person, "order 4711")
    lists.app(brand.account.workspace_id, brand.app.id)
    assert {event.source for event in log.read(0, 10)} == {"list"}
    assert account_of(brand).marks["read_ms"] > 0
    mia.says(f"@{brand.person.username} hello again")
    lists.app(brand.account.workspace_id, brand.app.id)
    expected = [f"@{brand.person.username} hello again", f"@{brand.person.username} where is it", "order 4711"]
    assert texts_in_desk(brand, log, real_desk) == sorted(expected)
    assert account_of(brand).trouble == ""


def test_law_1_marks_do_not_move_before_the_events_are_durable(
    brand: Brand, mia: Person, lists: CatchUp, log: FailingLog
) -> None:
    lists.account(account_of(brand))
    before = account_of(brand).marks
    mia.says(f"@{brand.person.username} where is it")
    log.broken = True
    with pytest.raises(LogUnavailable):
        lists.account(account_of(brand))
    assert account_of(brand).marks == before
    log.broken = False
    assert len(lists.account(account_of(brand)).payloads) == 1


def test_what_x_says_no_to_stands_at_the_account_until_it_works_again(
    brand: Brand, mia: Person, lists: CatchUp, x: Served, log: FailingLog
) -> None:
    mia.says(f"@{brand.person.username} where is it")
    order_fault(x, target="GET /2/users/{id}/mentions", kind="status:503")
    lists.account(account_of(brand))
    assert account_of(brand).trouble
    assert account_of(brand).marks["post_id"] is None
    x.http.delete("/_sandbox/faults")
    lists.account(account_of(brand))
    assert account_of(brand).trouble == ""
    assert log.head() == 1


def test_one_accounts_failure_is_not_the_others(brand: Brand, mia: Person, lists: CatchUp, log: FailingLog) -> None:
    broken = make_account(brand.app.workspace, brand.app, network_id="no id at all / ..")
    scoped(Account, broken.workspace_id).filter(id=broken.id).update(id=1)

    def failing(account: Account, steps: Steps[Any]) -> Any:
        if account.id == 1:
            raise ZeroDivisionError
        return lists.perform(account, steps)

    mia.says(f"@{brand.person.username} where is it")
    replace(lists, perform=failing).app(brand.account.workspace_id, brand.app.id)
    assert log.head() == 1


def test_law_1_an_outage_longer_than_the_lists_reach_is_shown_with_its_times(
    brand: Brand, mia: Person, lists: CatchUp
) -> None:
    class Forgetful(XChannel):
        def collect(self, account_network_id: str, marks: Marks, now_ms: int) -> Steps[Collected]:
            found = yield from super().collect(account_network_id, Marks(), now_ms)
            return replace(found, covered=False, marks=marks)

    lists.account(account_of(brand))
    read_ms = account_of(brand).marks["read_ms"]
    mia.says(f"@{brand.person.username} where is it")
    forgetful = replace(lists, channel=Forgetful())
    forgetful.account(account_of(brand))
    (gap,) = scoped(Gap, brand.account.workspace_id)
    assert gap.account_id == brand.account.id
    assert gap.from_ms == read_ms < gap.to_ms <= RealClock().now_ms()


@dataclass
class Running:
    """A feed with its two threads."""

    feed: Feed
    calls: list[HttpCall]
    asked: list[int]
    stop: threading.Event

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(5)
            assert not thread.is_alive()

    def start(self) -> None:
        self.threads = [
            threading.Thread(target=_closing(task), args=(self.stop,))
            for task in (self.feed.read, self.feed.keep_asking)
        ]
        for thread in self.threads:
            thread.start()


def _closing(task: Callable[[threading.Event], None]) -> Callable[[threading.Event], None]:
    def run(stop: threading.Event) -> None:
        try:
            task(stop)
        finally:
            connections.close_all()

    return run


@pytest.fixture
def running(brand: Brand, lists: CatchUp, committer: Committer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The brand is subscribed, the feed is up, and pauses are short."""
    monkeypatch.setattr(stream_module, "_FIRST_WAIT_S", 0.05)
    assert brand.run(XChannel().connect(brand.id, RealClock().now_ms())) is None
    calls: list[HttpCall] = []
    asked: list[int] = []

    def open_it(call: HttpCall) -> AbstractContextManager[Lines]:
        calls.append(call)
        return open_stream(brand.session(), call)

    def ask() -> None:
        lists.app(brand.account.workspace_id, brand.app.id)
        asked.append(len(calls))

    where = (brand.account.workspace_id, brand.app.id)
    feed = Feed(*where, XChannel(), RealClock(), committer, open_it, ask, arrived=lambda: None)
    feed = Running(feed, calls, asked, threading.Event())
    feed.start()
    until(feed.feed.connected.is_set, "the stream to stand")
    yield feed
    feed.end()


def streamed(log: SqliteEventLog, text: str) -> bool:
    return any(event.source == "stream" and text.encode() in event.payload for event in log.read(0, 1000))


def test_law_1_what_happens_is_in_the_log_a_moment_later(
    brand: Brand, mia: Person, running: Running, log: FailingLog, real_desk: Desk
) -> None:
    until(lambda: running.asked, "the lists to be asked at the connect")
    mia.says(f"@{brand.person.username} where is it")
    mia.writes_to(brand.person, "order 4711")
    until(lambda: streamed(log, "where is it") and streamed(log, "order 4711"), "post and message to be logged")
    assert texts_in_desk(brand, log, real_desk) == [f"@{brand.person.username} where is it", "order 4711"]


def test_law_1_after_a_broken_stream_the_last_minutes_are_asked_for_again_and_the_lists_too(
    brand: Brand, mia: Person, x: Served, running: Running, log: FailingLog, real_desk: Desk
) -> None:
    until(lambda: running.asked, "the lists to be asked at the connect")
    order_fault(x, target="stream", kind="disconnect", count=1)
    mia.says(f"@{brand.person.username} lost with the line")
    until(lambda: len(running.calls) > 1 and running.feed.connected.is_set(), "the stream to stand again")
    assert running.calls[-1].query["backfill_minutes"] == "5"
    mia.says(f"@{brand.person.username} afterwards")
    until(lambda: streamed(log, "lost with the line") and streamed(log, "afterwards"), "both to be logged")
    until(lambda: running.asked[-1] > 1, "the lists to be asked at the second connect")
    assert len(texts_in_desk(brand, log, real_desk)) == 2


def test_law_1_a_line_that_could_not_be_kept_comes_again(
    brand: Brand, mia: Person, running: Running, log: FailingLog
) -> None:
    log.broken = True
    mia.says(f"@{brand.person.username} at a bad moment")
    until(lambda: len(running.calls) > 2, "the feed to connect again")
    log.broken = False
    until(lambda: streamed(log, "at a bad moment"), "the line to be logged after all")


def test_it_ends_at_once_although_the_stream_is_silent(running: Running) -> None:
    running.end()  # asserts that both threads end


def test_where_backfill_is_refused_it_is_not_asked_for_again(
    brand: Brand, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[HttpCall] = []
    stop = threading.Event()

    @contextmanager
    def refuse(call: HttpCall) -> Iterator[Lines]:
        calls.append(call)
        if len(calls) == 3:
            stop.set()
        raise StreamRefused(HttpReply(400 if call.query else 503, {}, b""))
        yield  # pragma: no cover  (makes this a context manager)

    monkeypatch.setattr(stream_module, "_FIRST_WAIT_S", 0.01)
    where = (brand.account.workspace_id, brand.app.id)
    Feed(*where, XChannel(), RealClock(), committer, refuse, lambda: None, lambda: None).read(stop)
    assert [dict(call.query) for call in calls] == [{"backfill_minutes": "5"}, {}, {}]


def test_pauses_grow_to_a_minute_and_are_not_all_the_same(committer: Committer) -> None:
    feed = Feed(1, 2, XChannel(), RealClock(), committer, _never, lambda: None, lambda: None)
    longest = []
    for failures in range(1, 12):
        feed._failures = failures
        waits = [feed._wait_s() for _ in range(50)]
        assert len(set(waits)) > 10
        longest.append(max(waits))
    assert longest[0] <= 1
    assert 30 < longest[-1] <= 60


def _never(_: HttpCall) -> AbstractContextManager[Lines]:
    raise AssertionError
