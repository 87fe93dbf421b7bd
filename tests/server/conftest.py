"""An install that is ready to run: tables made, one workspace, one person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.install import Install


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """A fresh install, with nothing in it yet."""
    made = Install(tmp_path)
    yield made
    made.close()
