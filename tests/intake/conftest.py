"""The served edge, shared by the tests that do not break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from intake.serving import Served, serve


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One edge for a module; its log fills up."""
    served = serve(tmp_path_factory.mktemp("edge") / "intake.db")
    yield served
    served.end()


@pytest.fixture
def start_edge(tmp_path: object) -> Iterator[Callable[..., Served]]:
    """Start an edge of the test's own: `start_edge(max_events, max_body)`."""
    from pathlib import Path

    running: list[Served] = []

    def start(*options: object) -> Served:
        running.append(serve(Path(str(tmp_path)) / "intake.db", *options))
        return running[-1]

    yield start
    for served in running:
        served.end()
