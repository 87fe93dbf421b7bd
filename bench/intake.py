"""How fast events come in: signed intake against a floor that only checks signatures, and from the log to the desk.

Run: `.venv/bin/python bench/intake.py [seconds]`. Server and load generator are pinned to a core each. The floor is
the same server with an app that reads the body and checks its HMAC, nothing else; both are measured in turns, and the
ratio is the figure to watch (goal: at least 40 %, aim: 60 %), because machines differ.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
# In place of this folder, where this file would be taken for the package of the same name.
sys.path[0] = str(TESTS)

from intake.hammer import Tally, hammer, request  # noqa: E402
from intake.served import SECRET  # noqa: E402
from intake.serving import Served, free_port, serve, until  # noqa: E402
from intake.x_events import mention, raw  # noqa: E402

ROUNDS = 5
BRAND = "1500000000000000101"
FLOOR = """
import asyncio, hashlib, hmac, base64, sys
from granian.constants import Interfaces
from granian.server.embed import Server

async def app(scope, receive, send):
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    told = dict(scope["headers"])[b"x-twitter-webhooks-signature"]
    mac = b"sha256=" + base64.b64encode(hmac.digest(sys.argv[2].encode(), body, hashlib.sha256))
    status = 200 if hmac.compare_digest(told, mac) else 401
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})

server = Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGINL, websockets=False, log_enabled=False)
asyncio.run(server.serve())
"""


def pin(pid: int, core: int) -> None:
    """Keep a process, with all threads that it has by now, on one core."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {sorted(ALL_CORES)[core]})


ALL_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}


def start(serve_it: Callable[[], Served]) -> Served:
    """Start a server on the first core (children inherit our affinity), then move ourselves to the second."""
    pin(os.getpid(), 0)
    served = serve_it()
    pin(os.getpid(), -1)
    return served


def serve_floor() -> Served:
    """The floor, in a process of its own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", FLOOR, str(port), SECRET])
    served = Served(process, port, Path())
    until(served.accepts, "the floor to listen")
    return served


def bodies(number: int = 2000) -> list[bytes]:
    """Prepared requests of some 1.5 kB, as X's mentions are."""
    filling = "and it still has not come, please help " * 22
    return [request("/in/x/7", mention(one, str(500 + one % 300), BRAND, filling)) for one in range(1, number + 1)]


def for_seconds(seconds: float, prepared: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Requests until the time is over."""
    end = time.perf_counter() + seconds
    for number in count():
        if time.perf_counter() > end:
            return
        yield number, prepared[number % len(prepared)]


def rate(served: Served, seconds: float, prepared: list[bytes]) -> tuple[float, Tally]:
    """Acknowledged requests per second over 64 connections."""
    began = time.perf_counter()
    tally = asyncio.run(hammer(served.port, for_seconds(seconds, prepared)))
    return len(tally.acknowledged) / (time.perf_counter() - began), tally


async def paced(port: int, per_second: int, seconds: float, prepared: list[bytes]) -> list[float]:
    """Seconds from sending to answer at a steady pace, however slow the answers are."""
    spare: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    took: list[float] = []

    async def one(prepared_request: bytes) -> None:
        began = time.perf_counter()
        reader, writer = spare.pop() if spare else await asyncio.open_connection("127.0.0.1", port)
        writer.write(prepared_request)
        answer = await reader.readuntil(b"\r\n\r\n")
        took.append(time.perf_counter() - began)
        assert answer[9:12] == b"200", answer
        spare.append((reader, writer))

    begin, tasks = time.perf_counter(), []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, begin + number / per_second - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(prepared[number % len(prepared)])))
    await asyncio.gather(*tasks)
    for _, writer in spare:
        writer.close()
    return took


def bench_edge(seconds: float) -> Iterator[tuple[str, str]]:
    """Signed intake and its floor in turns, then the time to an acknowledgement at 200 a second."""
    prepared = bodies()
    with tempfile.TemporaryDirectory() as folder:
        floor, edge = start(serve_floor), start(lambda: serve(Path(folder) / "intake.db"))
        try:
            pairs = [(rate(floor, seconds, prepared), rate(edge, seconds, prepared)) for _ in range(ROUNDS)]
            floors, edges = [one[0][0] for one in pairs], [one[1][0] for one in pairs]
            took = sorted(asyncio.run(paced(edge.port, 200, max(10.0, 2 * seconds), prepared)))
        finally:
            floor.end()
            edge.end()
    slow = sorted(second for one in pairs for second in one[1][1].seconds)
    yield "floor: body read, HMAC checked", f"{statistics.median(floors):9,.0f} /s"
    yield "signed intake, durable", f"{statistics.median(edges):9,.0f} /s"
    ratios = [edge_rate / floor_rate for floor_rate, edge_rate in zip(floors, edges, strict=True)]
    yield "ratio (median; lowest to highest)", f"{_percent(ratios)} ({min(ratios):.0%} to {max(ratios):.0%})"
    yield "acknowledgement at full speed, p50 / p99", f"{_ms(slow, 0.5)} / {_ms(slow, 0.99)} ms"
    yield "acknowledgement at 200/s, p50 / p99", f"{_ms(took, 0.5)} / {_ms(took, 0.99)} ms"


def bench_pump(events: int) -> Iterator[tuple[str, str]]:
    """From the log to the desk, in a fresh install on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CARELINE_STATE"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "careline.server.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        yield from _drain(Path(folder) / "bench.db", events)
        connections.close_all()


def _drain(path: Path, events: int) -> Iterator[tuple[str, str]]:
    from careline.actions.context import Desk
    from careline.channels.x.channel import XChannel
    from careline.engines.clock import SystemClock
    from careline.engines.log_sqlite import SqliteEventLog
    from careline.intake.pump import Pump
    from support.rows import make_account, make_workspace

    for people, what in ((events, "everybody new"), (300, "300 customers")):
        workspace = make_workspace()
        brand = make_account(workspace).network_id
        log = SqliteEventLog(path.with_name(f"{people}.db"))
        ids = range(people * 1_000_000, people * 1_000_000 + events)
        log.append([raw(workspace.id, mention(one, str(500 + one % people), brand)) for one in ids])
        pump = Pump(log=log, channels={"x": XChannel()}, desk=Desk(clock=SystemClock(), poke=_nobody))
        began = time.perf_counter()
        while pump.step():
            pass
        yield f"log to desk, {what}", f"{events / (time.perf_counter() - began):9,.0f} /s"
        log.close()


def _nobody(_workspace_id: int) -> None:
    """Nobody is looking."""


def _percent(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.0%}"


def _ms(ordered: list[float], part: float) -> str:
    return f"{1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)]:.1f}"


def main() -> None:
    """Print a small table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, Python {sys.version.split()[0]}")
    for rows in (bench_edge(seconds), bench_pump(5000)):
        for name, value in rows:
            print(f"{name:<44}{value}")


if __name__ == "__main__":
    main()
