"""What journeys share: a web process with an agent and a customer who has posted, or a whole install for both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from careline.actions import context
from careline.actions.context import Actor, Desk
from careline.domain.words import Role
from careline.engines.clock import SystemClock
from careline.engines.poke_loopback import LoopbackPoke
from careline.server.config import read_config
from inbox.customers import Customers
from journeys.desk import PASSWORD, Web
from journeys.sides import Agent
from journeys.stack import Stack, running
from support.chromium import chromium
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


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("install")) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def agent(browser: Browser, stack: Stack) -> Iterator[Agent]:
    one = Agent(browser, stack, stack.email, stack.password)
    yield one
    one.page.context.close()
