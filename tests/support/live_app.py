"""`/live` as a server process of its own: `python -m support.live_app PORT`.

Beside it `/ticket/{workspace id}`, our `/live.js`, and an empty page everywhere else, for browsers.

The composition root does the same with the real pages. CARELINE_TEST_EAR: where to hear pokes, or unset for a
process that is deaf to them; CARELINE_TEST_BEAT, _LIFETIME, _EVERY: seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django
from granian.constants import Interfaces
from granian.server.embed import Server

import careline

SCRIPT = Path(careline.__file__).parent / "inbox/static/inbox/live.js"


def _beside(edge: Any, tickets: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        if path == "/live":
            await edge(scope, receive, send)
            return
        kind, body = "text/html", b"<!doctype html><title>tab</title>"
        if path == "/live.js":
            kind, body = "text/javascript", SCRIPT.read_bytes()
        elif path.startswith("/ticket/"):
            ticket = tickets.issue(workspace_id=int(path.rpartition("/")[2]), user_id=1)
            kind, body = "application/json", json.dumps({"ticket": ticket}).encode()
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


async def serve(port: int) -> None:
    """Until SIGTERM: first the streams end, then the server, which would wait for them."""
    from django.conf import settings

    from careline.engines.poke_loopback import LoopbackEar
    from careline.live.edge import LiveEdge
    from careline.live.tickets import Tickets
    from careline.store.queries.changes import StoredChanges

    tickets = Tickets(settings.SECRET_KEY)
    edge = LiveEdge(
        tickets=tickets,
        changes=StoredChanges(),
        beat_s=float(os.environ.get("CARELINE_TEST_BEAT", "15")),
        lifetime_s=float(os.environ.get("CARELINE_TEST_LIFETIME", "600")),
        every_s=float(os.environ.get("CARELINE_TEST_EVERY", "0.25")),
    )
    edge.start()
    if "CARELINE_TEST_EAR" in os.environ:
        LoopbackEar(Path(os.environ["CARELINE_TEST_EAR"]), edge.poke).start()
    app = _beside(edge, tickets)
    server = Server(app, "127.0.0.1", port, interface=Interfaces.ASGINL, backpressure=6000, log_enabled=False)

    def stop() -> None:
        edge.stop()
        server.stop()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    await server.serve()


if __name__ == "__main__":
    django.setup()
    asyncio.run(serve(int(sys.argv[1])))
    # As the web role leaves, and for its reason: the server's own threads do not survive Python's orderly end.
    os._exit(0)
