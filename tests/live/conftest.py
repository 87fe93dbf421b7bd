"""The live edge in a server process of its own, on the same database as the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from careline.actions.context import Actor, Desk
from careline.actions.decisions import writing
from careline.engines.poke_loopback import LoopbackPoke
from careline.live.tickets import Tickets
from support.processes import Process, free_port


@dataclass
class LiveServer:
    """`url` of the stream, and tickets that it takes."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/live"

    def params(self, workspace_id: int, after: int | None = None) -> dict[str, Any]:
        ticket = Tickets(settings.SECRET_KEY).issue(workspace_id=workspace_id, user_id=1)
        return {"ticket": ticket} if after is None else {"ticket": ticket, "after": after}


@pytest.fixture
def serve_live(transactional_db: None, database: Any) -> Iterator[Callable[..., LiveServer]]:
    """Start a server: `serve_live(ear=path, port=number, beat=seconds, lifetime=seconds, every=seconds)`."""
    started: list[Process] = []

    def start(ear: Path | None = None, port: int = 0, **seconds: float) -> LiveServer:
        env = {f"CARELINE_TEST_{name.upper()}": str(value) for name, value in seconds.items()}
        port = port or free_port()
        process = Process("support.live_app", port, env=env | ({"CARELINE_TEST_EAR": str(ear)} if ear else {}))
        started.append(process)
        process.wait_for_port(port)
        return LiveServer(port, process)

    yield start
    for process in started:
        process.kill()


class Poking:
    """`ear`: where a server is to listen; `desk(d)`: the same desk, whose verbs poke it."""

    def __init__(self, folder: Path) -> None:
        self.ear = folder / "poke.sock"
        self.poke = LoopbackPoke(self.ear)

    def desk(self, desk: Desk) -> Desk:
        return replace(desk, poke=self.poke)


@pytest.fixture
def poking(tmp_path: Path) -> Iterator[Poking]:
    """Pokes that a server hears."""
    poking = Poking(tmp_path)
    yield poking
    poking.poke.close()


@pytest.fixture
def change() -> Callable[..., None]:
    """Write changes as a verb does: `change(desk, workspace, 3)` writes three in one transaction."""

    def write(desk: Desk, workspace: Any, count: int = 1, what: str = "conversation") -> None:
        with writing(desk, Actor(workspace.id)) as journal:
            for number in range(count):
                journal.changed(what, conversation_id=1 << 60 | number)

    return write
