"""The web role: one process, one event loop, one port; webhooks, live streams and pages behind it.

Granian is embedded, not supervising a child: measured the same speed (35k empty requests a second on one core either
way), and a SIGKILL leaves no orphan that holds the port. On SIGTERM the live streams are ended first: the server
waits for answers that are still being written, and one that nobody ended was seen to hold it up for 19 s.
"""

from __future__ import annotations

import asyncio
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, cast

import structlog
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from granian.constants import Interfaces
from granian.server.embed import Server

from careline.actions.context import install
from careline.engines.poke_loopback import LoopbackEar
from careline.engines.presence_memory import MemoryPresence
from careline.intake import edge
from careline.intake.apps import IntakeApp
from careline.intake.committer import Committer
from careline.intake.counts import Counts
from careline.live.edge import LiveEdge
from careline.live.tickets import Tickets
from careline.server.asgi import AsgiApp, Front
from careline.server.config import Config
from careline.server.ports import check_port
from careline.server.wiring import Wired, find_app
from careline.store.queries.changes import StoredChanges

_log = structlog.get_logger("careline.web")
_PAGE_THREADS = 8
_REQUESTS_SERVED_WITHIN_S = 3.0


@dataclass(slots=True)
class Web:
    """What the web process runs besides its server."""

    front: Front
    live: LiveEdge
    ear: LoopbackEar
    committer: Committer

    def start(self) -> None:
        """Begin to follow the table of changes."""
        self.live.start()
        self.ear.start()

    def stop(self) -> None:
        """End what still runs; what was acknowledged is on disk already."""
        self.ear.close()
        self.committer.close()


def build(wired: Wired) -> Web:
    """Put the one ASGI app together."""
    live = LiveEdge(tickets=Tickets(settings.SECRET_KEY), changes=StoredChanges())
    # People sit there in real time, however fast a simulated day goes by (law 10).
    presence = MemoryPresence(now_ms=lambda: time.monotonic_ns() // 1_000_000, tell=live.presence)
    install(replace(wired.desk, presence=presence))
    committer = Committer(wired.log)
    intake = edge.make_app(
        find_app=_find_app,
        channels=wired.channels,
        committer=committer,
        clock=wired.desk.clock,
        counts=Counts(),
    )
    pages = cast(AsgiApp, WSGIMiddleware(cast(Any, get_wsgi_application()), workers=_PAGE_THREADS))
    ear = LoopbackEar(wired.config.poke_socket, live.poke)
    return Web(front=Front(edge=intake, live=live, pages=pages), live=live, ear=ear, committer=committer)


def _find_app(app_id: int) -> IntakeApp | None:
    """In a thread that serves no request, so that nobody else drops a connection that has died."""
    close_old_connections()
    return find_app(app_id)


def serve(wired: Wired) -> None:
    """Answer until SIGTERM or Ctrl-C. Raises ConfigError when the port is taken."""
    check_port(wired.config.host, wired.config.port, "CARELINE_PORT")
    web = build(wired)
    web.start()
    try:
        asyncio.run(_serve(wired.config, web))
    finally:
        web.stop()


async def _serve(config: Config, web: Web) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=4, thread_name_prefix="look-up"))
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = Server(
        web.front,
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=1024,
        # Connections served at once: above live.edge.MAX_STREAMS, or open streams would shut out pages and webhooks.
        backpressure=8192,
        log_enabled=False,
    )
    serving = asyncio.ensure_future(server.serve())
    asked = asyncio.ensure_future(stopping.wait())
    _log.info("web_ready", origin=config.origin)
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(web.live.stop)
    server.stop()
    _done, late = await asyncio.wait({serving}, timeout=_REQUESTS_SERVED_WITHIN_S)
    _log.info("web_stopped", late=bool(late))
