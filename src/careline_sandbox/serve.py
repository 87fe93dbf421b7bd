"""Running the application: one process, one event loop, one port, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp

_GRACE_S = 1.0


class CannotListen(Exception):
    """The address is not one to listen on, in a sentence for a person."""


def check_address(host: str, port: int, *, beyond_loopback: bool) -> None:
    """Raise CannotListen for a host beyond this machine without leave, or a port in use."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise CannotListen(f"{host} is not an address of this machine; use 127.0.0.1.") from None
    if not loopback and not beyond_loopback:
        raise CannotListen(
            f"{host} can be reached from other machines and the local X believes everybody;"
            " add --beyond-loopback if you mean it."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotListen(f"port {port} on {host} cannot be used: {error.strerror}.") from error


def run(app: ASGIApp, *, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once connections are taken."""
    asyncio.run(_run(app, host=host, port=port, ready=ready))


def leave() -> NoReturn:
    """End the process at once, with everything closed.

    The embedded server's own threads outlive it and abort the process in 4 of 25 stops when Python tears itself
    down around them; there is nothing left to tear down by then.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


async def _run(app: ASGIApp, *, host: str, port: int, ready: Callable[[], None]) -> None:
    address = "127.0.0.1" if host == "localhost" else host
    server = Server(app, address, port, interface=Interfaces.ASGI, log_enabled=False, websockets=False, backlog=1024)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.ensure_future(server.serve())
    stopping = asyncio.ensure_future(stop.wait())
    await _until_taken(address, port, serving)
    ready()
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    # An open stream never ends by itself; what its readers missed they ask for again, as they must of X.
    _, unfinished = await asyncio.wait((serving,), timeout=_GRACE_S)
    if unfinished:
        leave()
    stopping.cancel()


async def _until_taken(host: str, port: int, serving: asyncio.Future[None]) -> None:
    while not serving.done():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(0.02)
