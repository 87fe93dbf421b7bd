"""Work in other threads, each with a database connection of its own that it closes again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from django.db import connections


def start(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Run `function` in a thread; its result or exception is the future's."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)
        finally:
            connections.close_all()

    threading.Thread(target=run, daemon=True).start()
    return future


async def aside(function: Callable[..., Any], *arguments: Any) -> Any:
    """The same from async code, waited for."""
    return await asyncio.wrap_future(start(function, *arguments))
