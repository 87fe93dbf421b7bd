"""What tests of the customers' pages share: a browser without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from sandbox.served import Served

Browser = Callable[..., httpx.Client]


@pytest.fixture
def browse(x: Served) -> Iterator[Browser]:
    """A browser without scripts, which acts as this person from the start if one is given."""
    with ExitStack() as stack:

        def start(person_id: str = "", *, at: Served = x) -> httpx.Client:
            cookies = {"local_x_person": person_id} if person_id else {}
            client = httpx.Client(base_url=at.url, cookies=cookies, follow_redirects=True, timeout=10)
            return stack.enter_context(client)

        yield start
