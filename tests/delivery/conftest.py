"""A fake network behind a real outbox, and a way to do all that is due.

Imports of the desk stand inside: Django has no settings yet when this file is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def x(clock: Any) -> Any:
    """The fake network; it takes everything until told otherwise."""
    from delivery.fake_x import FakeX

    return FakeX(now=clock.now_ms)


@pytest.fixture
def post(desk: Any, x: Any) -> Any:
    """What a worker is given."""
    from careline.delivery.attempt import Post

    return Post(desk=desk, channels={"x": x}, perform=x.perform)


@pytest.fixture
def drain(post: Any) -> Callable[[], int]:
    """Do all that is due now; returns how many pieces of work that was."""
    from careline.actions import outbox
    from careline.delivery.attempt import work

    def drain() -> int:
        done = 0
        while leases := outbox.lease(post.desk, "worker", slots=1):
            work(post, leases[0])
            done += 1
        return done

    return drain
