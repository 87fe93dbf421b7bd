"""SIGKILL of the web process under full load (law 1), and what the desk makes of the log afterwards (law 2)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from careline.channels.x.channel import XChannel
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake.pump import Pump
from careline.store.models import Message, SetAside
from careline.store.scoped import scoped
from intake.hammer import Tally, hammer, request
from intake.serving import Served, serve
from intake.x_events import mention

EVENTS = 20_000
KILL_AFTER = (1_500, 4_000, 6_000)


def offer(numbers: list[int], brand: str) -> Iterator[tuple[int, bytes]]:
    """As X does: whatever was not acknowledged comes again."""
    for number in numbers:
        yield number, request("/in/x/7", mention(number, str(500 + number % 300), brand))


def killing(served: Served, after: int | None) -> Any:
    def look(tally: Tally) -> None:
        if after is not None and len(tally.acknowledged) == after:
            served.process.kill()

    return look


def logged_numbers(path: Path) -> Counter[int]:
    log, after, seen = SqliteEventLog(path), 0, Counter[int]()
    while events := log.read(after, 2000):
        seen.update(int(msgspec.json.decode(event.payload)["data"]["payload"]["id"]) for event in events)
        after = events[-1].seq
    log.close()
    return seen


def press_through_kills(log: Path, workspace_id: int, brand: str) -> list[int]:
    """Offer all events; kill the server at each of KILL_AFTER; the numbers acknowledged, over all its lives."""
    acknowledged: list[int] = []
    for after in (*KILL_AFTER, None):
        served = serve(log, 4096, 100_000, workspace_id)
        missing = sorted(set(range(1, EVENTS + 1)) - set(acknowledged))
        tally = asyncio.run(hammer(served.port, offer(missing, brand), on_answer=killing(served, after)))
        served.end()
        assert after is None or len(tally.acknowledged) >= after
        assert set(tally.acknowledged) <= logged_numbers(log).keys(), "acknowledged, then lost"
        acknowledged += tally.acknowledged
        assert set(tally.refused) <= {503}
    return acknowledged


@pytest.mark.slow
@pytest.mark.django_db
def test_law_1_killed_under_20000_webhooks_every_acknowledged_event_is_logged_and_once_in_the_desk(
    tmp_path: Path, desk: Any, workspace: Any, account: Any
) -> None:
    path = tmp_path / "intake.db"
    acknowledged = press_through_kills(path, workspace.id, account.network_id)
    assert sorted(acknowledged) == list(range(1, EVENTS + 1))
    seen = logged_numbers(path)
    assert seen.keys() == set(acknowledged)
    log = SqliteEventLog(path)
    pump = Pump(log=log, channels={"x": XChannel()}, desk=desk)
    while pump.step():
        pass
    log.close()
    kept = scoped(Message, workspace.id)
    assert kept.count() == kept.values("network_id").distinct().count() == EVENTS
    assert not scoped(SetAside, workspace.id).exists()
