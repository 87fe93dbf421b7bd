"""The desk's tables on SQLite and on PostgreSQL, side by side in one test run.

Django knows one database, `default`; which engine stands behind it is changed between tests. A test runs on SQLite
(a file in WAL mode, as an install has it) unless it is marked `postgres` or carries `both_databases`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from careline.server.config import postgres_settings

SQLITE, POSTGRES = "sqlite", "postgresql"

#: Put on a test, a class or (as `pytestmark`) a module: everything runs once on each engine.
both_databases = pytest.mark.parametrize("database", [SQLITE, POSTGRES], indirect=True)


def wanted(node: pytest.Item) -> str:
    """The engine that this test asks for."""
    callspec = getattr(node, "callspec", None)
    if callspec is not None and "database" in callspec.params:
        return str(callspec.params["database"])
    return POSTGRES if node.get_closest_marker("postgres") else SQLITE


class Databases:
    """Switches `default` between engines; makes each one's tables at its first use."""

    def __init__(self, make_postgres: Callable[[], str]) -> None:
        self._make_postgres = make_postgres
        self._configured: dict[str, dict[str, Any]] = {SQLITE: connections.settings["default"]}
        self._urls = {SQLITE: ""}
        self._migrated: set[str] = set()
        self.current = SQLITE

    @property
    def url(self) -> str:
        """CARELINE_DATABASE for a process that shall use the same tables; "" for the state folder's file."""
        return self._urls[self.current]

    def use(self, engine: str) -> None:
        """Put `engine` behind `default`, with all migrations applied."""
        if engine == POSTGRES and POSTGRES not in self._configured:
            self._configured[POSTGRES] = self._postgres_settings()
        if engine != self.current:
            self._switch(engine)
        if engine not in self._migrated:
            call_command("migrate", verbosity=0, interactive=False)
            self._migrated.add(engine)

    def _switch(self, engine: str) -> None:
        connections.close_all()
        connections.settings["default"] = self._configured[engine]
        del connections["default"]
        self.current = engine
        os.environ.pop("CARELINE_DATABASE", None)
        if self.url:
            os.environ["CARELINE_DATABASE"] = self.url

    def _postgres_settings(self) -> dict[str, Any]:
        self._urls[POSTGRES] = url = self._make_postgres()
        return {**self._configured[SQLITE], **postgres_settings(url)}
