"""`/live` alone, as a server process of its own: `python -m support.live_app PORT`.

The composition root does the same with the pages beside it. CARELINE_TEST_EAR: where to hear pokes, or unset for a
process that is deaf to them; CARELINE_TEST_BEAT, _LIFETIME, _EVERY: seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import django
from granian.constants import Interfaces
from granian.server.embed import Server


async def serve(port: int) -> None:
    """Until SIGTERM: first the streams end, then the server, which would wait for them."""
    from django.conf import settings

    from careline.engines.poke_loopback import LoopbackEar
    from careline.live.edge import LiveEdge
    from careline.live.tickets import Tickets
    from careline.store.queries.changes import StoredChanges

    edge = LiveEdge(
        tickets=Tickets(settings.SECRET_KEY),
        changes=StoredChanges(),
        beat_s=float(os.environ.get("CARELINE_TEST_BEAT", "15")),
        lifetime_s=float(os.environ.get("CARELINE_TEST_LIFETIME", "600")),
        every_s=float(os.environ.get("CARELINE_TEST_EVERY", "0.25")),
    )
    edge.start()
    if "CARELINE_TEST_EAR" in os.environ:
        LoopbackEar(Path(os.environ["CARELINE_TEST_EAR"]), edge.poke).start()
    server = Server(edge, "127.0.0.1", port, interface=Interfaces.ASGINL, backpressure=6000, log_enabled=False)

    def stop() -> None:
        edge.stop()
        server.stop()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    await server.serve()


if __name__ == "__main__":
    django.setup()
    asyncio.run(serve(int(sys.argv[1])))
