"""The edge on a real server in a process of its own: served.py PORT LOG [MAX_EVENTS [MAX_BODY [WORKSPACE]]].

App 7 of the workspace (1) is signed with SECRET; asking for app 99 finds the desk's database away. `/counts` answers
what was counted.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from careline.channels.x.channel import XChannel
from careline.engines.clock import SystemClock
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake.apps import IntakeApp
from careline.intake.committer import Committer
from careline.intake.counts import Counts
from careline.intake.edge import make_app

SECRET = "consumer-secret-of-the-tests"
APP_ID = 7
Asgi = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


def build(log: Path, *, max_events: int, max_body: int, workspace_id: int) -> Asgi:
    counts = Counts()

    def find_app(app_id: int) -> IntakeApp | None:
        if app_id == 99:
            raise ConnectionError("the desk's database is away")
        return IntakeApp(APP_ID, workspace_id, "x", SECRET) if app_id == APP_ID else None

    edge = make_app(
        find_app=find_app,
        channels={"x": XChannel()},
        committer=Committer(SqliteEventLog(log), max_events=max_events),
        clock=SystemClock(),
        counts=counts,
        max_body=max_body,
    )

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/counts":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(counts.snapshot()).encode()})
        else:
            await edge(scope, receive, send)

    return app


def main(port: str, log: str, max_events: str = "4096", max_body: str = "100000", workspace: str = "1") -> None:
    app = build(Path(log), max_events=int(max_events), max_body=int(max_body), workspace_id=int(workspace))
    server = Server(app, port=int(port), interface=Interfaces.ASGINL, websockets=False, log_enabled=False)
    asyncio.run(server.serve())


if __name__ == "__main__":
    main(*sys.argv[1:])
