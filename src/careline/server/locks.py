"""One web process, one worker and one supervisor an install: the second is told so instead of fighting the first.

An flock goes with its process however that ends, so no stale lock is ever in the way (man 2 flock).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from careline.server.config import Config, ConfigError


@contextmanager
def only_one(config: Config, name: str) -> Iterator[None]:
    """Hold the lock `name` ("up", "web" or "worker") of this install. Raises ConfigError if somebody else does."""
    handle = os.open(config.state / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"Careline ({name}) is already running on {config.state}: stop it first."
            raise ConfigError(msg) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def nothing_running(config: Config, names: Sequence[str] = ("web", "worker")) -> Iterator[None]:
    """Hold the locks of all processes that write, so that none is there and none starts meanwhile."""
    with ExitStack() as locks:
        for name in names:
            locks.enter_context(only_one(config, name))
        yield


def is_running(config: Config, name: str) -> bool:
    """Whether a process holds the lock `name` just now."""
    try:
        with only_one(config, name):
            return False
    except ConfigError:
        return True
