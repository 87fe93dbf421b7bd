"""The cast beside a served local X: a look a few times a second, for as long as the application lives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from careline_sandbox.cast.director import look
from careline_sandbox.local_x import LocalX

_EVERY_S = 0.4


@asynccontextmanager
async def on_stage(local_x: LocalX) -> AsyncIterator[None]:
    """Let the cast act until the block ends."""
    task = asyncio.create_task(_play(local_x))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _play(local_x: LocalX) -> None:
    """A look that fails (a full disk) is told and tried again: what it had not kept, it had not done."""
    while True:
        try:
            look(local_x)
        except sqlite3.Error as error:
            logging.getLogger("careline_sandbox").error("cast: %s", error)
        await asyncio.sleep(_EVERY_S)
