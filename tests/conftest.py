"""How every test runs: a state folder and keys of its own, no network but loopback, a clock that stands still.

Fixtures: `clock`, `desk` (its pokes are kept in `pokes`), `workspace`, `account`, actors `agent`, `lead`, `admin`,
`observer`; `database` (which engine, and its address for another process), `postgres_url` (an empty database).
Rows: `support.rows`. On both engines: `from support.databases import both_databases`, `pytestmark = both_databases`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
import pytest
from hypothesis import settings

# No speed limit inside a test: a busy machine makes no example wrong. A check of the same tree tries the same examples;
# HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("check", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))

# One folder for the whole run: pytest-xdist's workers inherit the environment of the process that owns it.
_OWNS_RUN = "CARELINE_TEST_RUN" not in os.environ
if _OWNS_RUN:
    os.environ["CARELINE_TEST_RUN"] = tempfile.mkdtemp(prefix="careline-tests-")
    os.environ["CARELINE_TEST_OWNER"] = str(os.getpid())
    Path(os.environ["CARELINE_TEST_RUN"]).chmod(0o711)  # PostgreSQL's own user has to pass through
RUN = Path(os.environ["CARELINE_TEST_RUN"])
OWNER = int(os.environ["CARELINE_TEST_OWNER"])
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

# Before Django reads its settings, and so that nothing of the developer's own install is touched.
STATE = RUN / f"state-{WORKER}"
STATE.mkdir(mode=0o700, exist_ok=True)
for _name in [name for name in os.environ if name.startswith("CARELINE_")]:
    if _name not in {"CARELINE_TEST_RUN", "CARELINE_TEST_OWNER", "CARELINE_SHARED"}:
        del os.environ[_name]
os.environ["CARELINE_STATE"] = str(STATE)

# Now, because conftests further down import models. The name goes out of the environment again: pytest-xdist's
# workers would inherit it, and pytest-django would load the settings before this file has named their state folder.
os.environ["DJANGO_SETTINGS_MODULE"] = "careline.server.settings"
django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """No socket beyond this machine, whatever a test tries."""
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True


def pytest_unconfigure() -> None:
    """Stop what the run started and leave nothing behind."""
    from support.postgres import Cluster

    if _OWNS_RUN:
        Cluster(RUN, OWNER).stop()
        shutil.rmtree(RUN, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Law 7 after every test with a database: whatever it did, no row points across workspaces."""
    yield
    fixtures = getattr(item, "fixturenames", ())
    if "db" in fixtures or "transactional_db" in fixtures or item.get_closest_marker("django_db"):
        from django.db import connection

        from support.wall import assert_wall

        if not connection.needs_rollback and not asyncio._get_running_loop():
            assert_wall()


@pytest.fixture(scope="session")
def _make_postgres() -> Callable[[str], str]:
    from support.postgres import Cluster, NoPostgres

    cluster = Cluster(RUN, OWNER)

    def make(database: str) -> str:
        try:
            cluster.start()
        except NoPostgres as error:
            pytest.skip(str(error))
        return cluster.create(database)

    return make


@pytest.fixture
def postgres_url(_make_postgres: Callable[[str], str]) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test's own."""
    from support.postgres import Cluster

    name = f"own_{uuid4().hex}"
    yield _make_postgres(name)
    Cluster(RUN, OWNER).drop(name)


@pytest.fixture(scope="session")
def _databases(_make_postgres: Callable[[str], str]) -> Iterator[Any]:
    from django.db import connections

    from support.databases import Databases

    yield Databases(lambda: _make_postgres(f"desk_{WORKER}"))
    connections.close_all()


@pytest.fixture
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any, _databases: Any
) -> None:
    """In place of pytest-django's: the engine that this test asks for, its tables made once a run."""
    from support.databases import wanted

    with django_db_blocker.unblock():
        _databases.use(wanted(request.node))


@pytest.fixture
def database(django_db_setup: None, _databases: Any) -> Any:
    """`.current` says which engine is behind Django, `.url` is CARELINE_DATABASE for another process."""
    return _databases


@pytest.fixture
def clock() -> Any:
    """Stands still at `support.clock.MORNING_MS` until told to `advance`."""
    from support.clock import FixedClock

    return FixedClock()


@pytest.fixture
def pokes() -> list[int]:
    """The workspaces that were poked, in order."""
    return []


@pytest.fixture
def desk(clock: Any, pokes: list[int], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A `Desk` on the test's clock, installed as this process's desk."""
    from careline.actions import context

    desk = context.Desk(clock=clock, poke=pokes.append)
    monkeypatch.setattr(context._Installed, "desk", desk)
    return desk


@pytest.fixture
def workspace(db: None) -> Any:
    """One company."""
    from support.rows import make_workspace

    return make_workspace()


@pytest.fixture
def account(workspace: Any) -> Any:
    """The company's account on X."""
    from support.rows import make_account

    return make_account(workspace)


def _actor_with(role: str) -> Callable[[Any], Any]:
    def actor(workspace: Any) -> Any:
        from careline.actions.context import Actor
        from careline.domain.words import Role
        from support.rows import make_membership, make_user

        user = make_user(name=role.title())
        make_membership(workspace, user, Role(role))
        return Actor(workspace_id=workspace.id, user_id=user.id, role=Role(role))

    actor.__doc__ = f"An actor whose role in `workspace` is {role}."
    return pytest.fixture(name=role)(actor)


agent, lead, admin, observer = (_actor_with(role) for role in ("agent", "lead", "admin", "observer"))
