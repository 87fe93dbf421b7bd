"""From the log to the desk (law 1): everything once, bad events aside, and on from where it stopped."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from careline.actions.errors import Denied
from careline.channels.x.channel import XChannel
from careline.domain.facts import Parsed, PostSeen
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake import pump as pump_module
from careline.intake.pump import Pump, position, retry_set_aside
from careline.intake.reading import Reader
from careline.ports.event_log import LogUnavailable
from careline.store.models import Cursor, Message, SetAside, Sighting
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from intake.serving import until
from intake.x_events import dm, gone, mention, raw
from support.databases import both_databases
from support.rows import make_account, make_workspace

pytestmark = [pytest.mark.django_db, both_databases]


class Poisoned(XChannel):
    """X, with a fault: a post that says "poison" is read as one that no table takes, "crash" breaks the reader."""

    healed = False

    def parse(self, payload: bytes) -> Parsed:
        if b"crash" in payload and not self.healed:
            raise ZeroDivisionError
        parsed = super().parse(payload)
        if b"poison" not in payload or self.healed:
            return parsed
        facts = [replace(fact, created_ms=2**80) if isinstance(fact, PostSeen) else fact for fact in parsed.facts]
        return replace(parsed, facts=tuple(facts))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "intake.db")
    yield log
    log.close()


@pytest.fixture
def channel() -> Poisoned:
    return Poisoned()


@pytest.fixture
def make_pump(desk: Any, log: SqliteEventLog, channel: Poisoned) -> Callable[[], Pump]:
    return lambda: Pump(log=log, channels={"x": channel}, desk=desk)


@pytest.fixture
def us(database: Any, account: Any) -> str:
    return str(account.network_id)


def drain(pump: Pump) -> None:
    while pump.step():
        pass


def post_ids(workspace: Any) -> list[str]:
    return sorted(scoped(Message, workspace.id).values_list("network_id", flat=True), key=lambda one: int(one or 0))


def aside(workspace: Any) -> dict[int, str]:
    return dict(scoped(SetAside, workspace.id).order_by("seq").values_list("seq", "reason"))


def test_law_1_every_event_reaches_the_desk_once_and_the_cursor_moves_with_it(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str
) -> None:
    log.append([raw(workspace.id, mention(number, "501", us)) for number in range(1, 451)])
    pump = make_pump()
    steps = [0]
    while taken := pump.step():
        steps.append(taken)
    assert sum(steps) == 450
    assert max(steps) <= 200
    assert post_ids(workspace) == [str(number) for number in range(1, 451)]
    assert position(log) == 450
    log.append([raw(workspace.id, mention(450, "501", us)), raw(workspace.id, mention(451, "501", us))])
    assert make_pump().step() == 2
    assert len(post_ids(workspace)) == 451


def test_law_7_each_event_goes_to_its_own_workspace(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str
) -> None:
    other = make_workspace()
    theirs = make_account(other).network_id
    log.append(
        [
            raw(place.id, mention(number, "501", brand))
            for number, (place, brand) in enumerate([(workspace, us), (other, theirs)] * 10, 1)
        ]
    )
    drain(make_pump())
    assert post_ids(workspace) == [str(number) for number in range(1, 21, 2)]
    assert post_ids(other) == [str(number) for number in range(2, 21, 2)]


@pytest.mark.parametrize("where", [[1], [200], [3, 77, 78, 199], list(range(1, 201))])
def test_law_1_bad_events_are_set_aside_with_their_reason_and_the_rest_goes_on(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, where: list[int]
) -> None:
    bad = {seq: [b'{"cut off', b"poison", b"crash"][place % 3] for place, seq in enumerate(where)}

    def payload(seq: int) -> bytes:
        if seq not in bad:
            return mention(seq, "501", us)
        return bad[seq] if bad[seq].startswith(b"{") else mention(seq, "501", us, bad[seq].decode())

    assert log.append([raw(workspace.id, payload(seq)) for seq in range(1, 221)]) == list(range(1, 221))
    drain(make_pump())
    assert post_ids(workspace) == [str(seq) for seq in range(1, 221) if seq not in bad]
    assert list(aside(workspace)) == where
    assert all(reason.strip() for reason in aside(workspace).values())
    assert position(log) == 220


def test_a_reason_never_quotes_what_somebody_wrote(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str
) -> None:
    log.append([raw(workspace.id, mention(1, "501", us, "poison and my address is 5 Elm Street"))])
    drain(make_pump())
    (reason,) = aside(workspace).values()
    assert "while keeping it (" in reason
    assert "Elm" not in reason


def test_an_event_of_a_network_without_a_channel_and_one_with_a_nul_stop_nobody(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str
) -> None:
    log.append(
        [
            replace(raw(workspace.id, b"{}"), network="gopher"),
            raw(workspace.id, mention(2, "501", us, "nul \x00 byte")),
            raw(workspace.id, mention(3, "502", us)),
        ]
    )
    drain(make_pump())
    assert "3" in post_ids(workspace)
    assert aside(workspace)[1] == "There is no channel for 'gopher'."
    assert len(post_ids(workspace)) + len(aside(workspace)) == 3


def test_set_aside_events_go_in_when_tried_again_after_the_fault_is_mended(
    desk: Any, log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, channel: Poisoned, lead: Any
) -> None:
    log.append(
        [
            raw(workspace.id, mention(number, "501", us, text))
            for number, text in enumerate(["fine", "poison", "crash"], 1)
        ]
    )
    log.append([raw(workspace.id, b"[]")])
    drain(make_pump())
    assert list(aside(workspace)) == [2, 3, 4]
    assert retry_set_aside(log, {"x": channel}, desk, lead, seqs=[2]) == (0, 1)
    assert scoped(SetAside, workspace.id).get(seq=2).tries == 2
    channel.healed = True
    assert retry_set_aside(log, {"x": channel}, desk, lead) == (2, 1)
    assert list(aside(workspace)) == [4]
    assert post_ids(workspace) == ["1", "2", "3"]


def test_an_agent_may_not_have_them_tried_again(
    desk: Any, log: SqliteEventLog, us: str, agent: Any, channel: Poisoned
) -> None:
    with pytest.raises(Denied):
        retry_set_aside(log, {"x": channel}, desk, agent)


@pytest.mark.parametrize("change", ["epoch", "digest", "shorter"])
def test_law_1_another_log_in_its_place_is_read_from_the_start(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, tmp_path: Path, desk: Any, change: str
) -> None:
    log.append([raw(workspace.id, mention(number, "501", us)) for number in range(1, 11)])
    drain(make_pump())
    if change == "epoch":
        log.renew_epoch()
    elif change == "digest":
        Cursor.objects.filter(name="pump").update(digest="of another event")
    else:
        Cursor.objects.filter(name="pump").update(seq=500)
    assert position(log) == 0
    before = dump(workspace.id)
    log.append([raw(workspace.id, mention(11, "501", us))])
    assert make_pump().step() == 11
    assert post_ids(workspace) == [str(number) for number in range(1, 12)]
    assert position(log) == 11
    assert before


def test_redaction_does_not_make_it_another_log(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str
) -> None:
    log.append([raw(workspace.id, mention(1, "501", us))])
    drain(make_pump())
    log.redact(1, b"{}", "gone")
    assert position(log) == 1


@pytest.mark.parametrize("order", ["post first", "deletion first", "one batch"])
def test_what_its_author_deleted_is_redacted_in_the_log(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, order: str
) -> None:
    told = [mention(1, "501", us, "my secret"), mention(1, "501", us, "my secret"), gone(1, "501", us)]
    pump = make_pump()
    for payload in told if order != "deletion first" else reversed(told):
        log.append([raw(workspace.id, payload)])
        if order != "one batch":
            drain(pump)
    drain(pump)
    assert not any(b"my secret" in event.payload for event in log.read(0, 10))
    assert [bool(event.redacted) for event in log.read(0, 10)].count(True) == 2
    assert set(scoped(Sighting, workspace.id).values_list("redacted", flat=True)) == {True}
    again = dump(workspace.id)
    log.renew_epoch()
    drain(make_pump())
    assert dump(workspace.id) == again


def test_a_redaction_that_failed_is_made_up_for_later(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise LogUnavailable("old bytes are still in its WAL")

    log.append([raw(workspace.id, mention(1, "501", us, "my secret")), raw(workspace.id, gone(1, "501", us))])
    pump = make_pump()
    with monkeypatch.context() as fault:
        fault.setattr(log, "redact", busy)
        assert pump.step() == 2
        with pytest.raises(LogUnavailable):
            pump.step()
    assert b"my secret" in log.read(0, 1)[0].payload
    make_pump().step()
    assert b"my secret" not in log.read(0, 1)[0].payload


@pytest.mark.django_db(transaction=True)
def test_an_absent_database_blames_no_event_and_moves_no_cursor(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    log.append([raw(workspace.id, mention(number, "501", us)) for number in range(1, 4)])
    pump = make_pump()
    with monkeypatch.context() as fault:
        fault.setattr("careline.intake.reading.receive", away)
        waits = [pump._step_or_wait() for _ in range(3)]
    assert waits == sorted(waits)
    assert all(waits)
    assert (aside(workspace), position(log)) == ({}, 0)
    assert pump._step_or_wait() < min(waits)
    assert post_ids(workspace) == ["1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_a_poke_wakes_it_and_stop_ends_it(
    log: SqliteEventLog, make_pump: Callable[[], Pump], workspace: Any, us: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "_WAKE_S", 60)
    stop, pump = threading.Event(), make_pump()
    thread = threading.Thread(target=pump.run, args=(stop,))
    thread.start()
    until(lambda: not pump._owing, "the pump to be idle")
    log.append([raw(workspace.id, mention(1, "501", us))])
    pump.poke()
    until(lambda: scoped(Message, workspace.id).exists(), "the event to reach the desk")
    stop.set()
    pump.poke()
    thread.join(10)
    assert not thread.is_alive()


def test_law_1_killed_anywhere_between_workspaces_it_ends_in_the_same_desk(
    desk: Any,
    log: SqliteEventLog,
    make_pump: Callable[[], Pump],
    workspace: Any,
    us: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = make_workspace()
    theirs = make_account(other).network_id
    dice = random.Random(7)
    for number in range(1, 61):
        place, brand = dice.choice([(workspace, us), (other, theirs)])
        log.append(
            [raw(place.id, dice.choice([mention, lambda *a: dm(*a, "hello")])(number, str(500 + number % 7), brand))]
        )
    kept = Reader.take

    def dies(self: Reader, *args: Any) -> Any:
        if dice.random() < 0.4:
            raise KeyboardInterrupt  # as sudden as a kill: no handler of the pump's runs
        done = kept(self, *args)
        if dice.random() < 0.4:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(pump_module, "BATCH", 10)
    monkeypatch.setattr(Reader, "take", dies)
    for _ in range(200):
        try:
            drain(make_pump())
            break
        except KeyboardInterrupt:
            continue
    assert sorted(post_ids(workspace) + post_ids(other), key=int) == [str(number) for number in range(1, 61)]
    assert position(log) == 60
