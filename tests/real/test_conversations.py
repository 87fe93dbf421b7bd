"""Real input: every post that X would deliver is one message in the right place, however often it is interrupted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from careline.channels.x.channel import XChannel
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake.pump import NAME, Pump
from careline.server.config import read_config
from careline.store.models import Cursor, Handoff, Message, SetAside
from careline.store.scoped import scoped
from careline_sandbox.replay import Row
from real.desks import SEGMENTS, Desks
from real.recorded import BRANDS, Recording, conversations_file, file_ids, record

pytestmark = [pytest.mark.shared, pytest.mark.slow]
KILLS = 20


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record()


@pytest.fixture
def log(tmp_path):
    one = SqliteEventLog(tmp_path / "intake.db")
    yield one
    one.close()


def straight(lines, _random):
    return lines


def doubled(lines, _random):
    return [line for line in lines for _ in range(2)]


def often(lines, _random):
    return lines * 6


def shuffled(lines, chances: random.Random):
    mixed = [*lines, *chances.sample(lines, k=len(lines) // 10)]
    chances.shuffle(mixed)
    return mixed


def play_to_desks(recording, log, shake) -> Desks:
    desks = Desks(recording, log)
    Cursor.objects.filter(name=NAME).delete()
    pump = Pump(log=log, channels={"x": XChannel()}, desk=desks.desk)

    def drain() -> None:
        while pump.step():
            pass

    desks.run(shake, drain)
    return desks


@pytest.mark.django_db
def test_law_1_rows_that_x_would_deliver_become_one_message_each_and_the_rest_are_counted(recording, log, capsys):
    desks = play_to_desks(recording, log, straight)
    minted = recording.outcome.ids
    by_minted = {minted[row.number]: row for row in recording.rows}
    assert set(minted) == file_ids(conversations_file())
    for brand, workspace in desks.workspaces.items():
        told = {number for ids in recording.outcome.told[brand].values() for number in ids}
        messages = {
            one.network_id: one
            for one in scoped(Message, workspace.id).filter(kind="post", uid=None).select_related("thread", "identity")
        }
        assert messages.keys() == {minted[number] for number in told}
        _assert_certain(recording, brand, told)
        for network_id, message in messages.items():
            row = by_minted[network_id]
            assert message.thread.root_id == (_root(recording, row) or message.thread.root_id)
            if message.direction == "in":
                assert message.identity.handle in (row.author, "")  # replies name nobody: asked for later
                assert message.conversation.customer_id == message.identity.customer_id
        assert not scoped(SetAside, workspace.id).exists()
        assert scoped(Handoff, workspace.id).filter(state="arrived").count() > 0
    told_to_any = {number for brand in BRANDS for ids in recording.outcome.told[brand].values() for number in ids}
    with capsys.disabled():
        print(
            f"\n  {len(told_to_any)} rows delivered, {len(minted) - len(told_to_any)} not delivered by X to these three"
        )


def _assert_certain(recording: Recording, brand: str, told: set[str]) -> None:
    """Told apart from the sandbox's own reasoning: what must be delivered, and what may not."""
    by_number = {row.number: row for row in recording.rows}
    for row in recording.rows:
        parent = by_number.get(row.parent or "")
        names_us = f"@{brand.lower()}" in row.text.lower()
        if row.author == brand or (parent is not None and parent.author == brand) or (row.parent is None and names_us):
            assert row.number in told, row
        elif not names_us:
            assert (parent is None and row.parent is not None) or row.number not in told, row


def _root(recording: Recording, row: Row) -> str | None:
    """The thread that a row hangs in: the id of its oldest ancestor, or None where the file lacks that one."""
    by_number = {one.number: one for one in recording.rows}
    while row.parent in by_number:
        row = by_number[row.parent]
    return None if row.parent else recording.outcome.ids[row.number]


@pytest.mark.django_db
@pytest.mark.parametrize("shake", [doubled, shuffled])
def test_law_1_a_doubled_and_a_shuffled_replay_give_the_same_desk(recording, tmp_path, shake):
    dumps = []
    for name, how in (("straight", straight), ("shaken", shake)):
        log = SqliteEventLog(tmp_path / f"{name}.db")
        dumps.append(play_to_desks(recording, log, how).dump())
        log.close()
    assert dumps[0] == dumps[1]


@pytest.mark.django_db(transaction=True)
def test_law_1_twenty_sigkills_of_the_worker_give_the_same_desk(recording, tmp_path):
    unhurt = SqliteEventLog(tmp_path / "unhurt.db")
    expected = play_to_desks(recording, unhurt, straight).dump()
    unhurt.close()
    Cursor.objects.filter(name=NAME).delete()
    log = SqliteEventLog(read_config().log_file)
    desks, hits, chances = Desks(recording, log), [], random.Random(9)

    def drain() -> None:
        """Kill the worker again and again while it reads, then let it come to the end."""
        for _ in range(KILLS // SEGMENTS + 1):
            before = _position()
            worker = _start_worker()
            _wait(lambda before=before: _position() > before or _position() == log.head())
            time.sleep(chances.random() * 0.1)  # where in its work it is hit, not what is waited for
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            hits.append(_position() < log.head())
        worker = _start_worker()
        _wait(lambda: _position() == log.head())
        worker.terminate()
        worker.wait(timeout=20)

    desks.run(often, drain)
    log.close()
    assert len(hits) >= KILLS
    assert sum(hits) >= KILLS // 2, "too few kills hit the worker at work"
    assert desks.dump() == expected


def _start_worker() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from careline.cli.main import main; main()", "run", "--role", "worker"]
    return subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _position() -> int:
    cursor = Cursor.objects.filter(name=NAME).first()
    return cursor.seq if cursor else 0


def _wait(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the worker did not get on"
        time.sleep(0.005)
