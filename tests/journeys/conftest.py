"""What journeys share: one web process of their own, with an agent and a customer who has posted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from careline.actions import context
from careline.actions.context import Actor, Desk
from careline.domain.words import Role
from careline.engines.clock import SystemClock
from careline.engines.poke_loopback import LoopbackPoke
from careline.server.config import read_config
from inbox.customers import Customers
from journeys.desk import PASSWORD, Web
from support.processes import Process, free_port
from support.rows import make_account, make_membership, make_user, make_workspace


@pytest.fixture
def web(database: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """One agent, nina@example.org, and one customer, lena, who has posted."""
    config, port = read_config(), free_port()
    poke = LoopbackPoke(config.poke_socket)
    desk = Desk(clock=SystemClock(), poke=poke)
    monkeypatch.setattr(context._Installed, "desk", desk)
    workspace = make_workspace("acme", name="Acme Parcel")
    account = make_account(workspace, handle="acmeparcel")
    nina = make_user("nina@example.org", PASSWORD, name="Nina Brandt")
    make_membership(workspace, nina)
    customers = Customers(desk, desk.clock, workspace, account)
    customers.post("lena", "Where is my parcel?", name="Lena Marsh")
    process = Process("careline.cli", "run", "--role", "web", env={"CARELINE_PORT": str(port)})
    process.wait_for_port(port)
    yield Web(port, customers, Actor(workspace.id, nina.id, Role.AGENT))
    process.kill()
    poke.close()
