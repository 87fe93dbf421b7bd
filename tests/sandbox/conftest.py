"""A really served sandbox for every test, spoken to over HTTP, with people and tokens made for the test alone.

Fixtures: `x`, one server for the whole run (its rate windows count per token, and each test has tokens of its own);
`start_x`, which starts more of them with options, a state file or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.served import Served, served


@pytest.fixture(scope="session")
def x(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One sandbox for the run, its state in memory."""
    with served() as running:
        yield running


@pytest.fixture
def start_x() -> Iterator[Callable[..., Served]]:
    """Start a sandbox of the test's own: `start_x(*options, clock=path)`; stopped at the end."""
    with ExitStack() as stack:

        def start(*options: str, **environment: Any) -> Served:
            return stack.enter_context(served(*options, **environment))

        yield start
