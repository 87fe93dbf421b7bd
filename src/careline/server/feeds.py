"""The streams and lists of every app, also of one that is added while the worker runs."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from careline.channels.base import HttpCall
from careline.intake.catchup import CatchUp
from careline.intake.committer import Committer
from careline.intake.pump import Pump
from careline.intake.stream import Feed, Lines
from careline.network.stream import open_stream
from careline.server.crew import Crew
from careline.server.wiring import Wired
from careline.store.models import App
from careline.store.queries import operator

_LOOK_EVERY_S = 5.0


@dataclass(slots=True)
class Feeds:
    """`run` belongs to a thread of its own; it starts two threads an app in the crew, one where webhooks are used."""

    wired: Wired
    crew: Crew
    committer: Committer
    pump: Pump
    _known: set[int] = field(default_factory=set)

    def run(self, stop: threading.Event) -> None:
        """Look for apps that are new until `stop` is set."""
        while not stop.is_set():
            for app in operator.apps():
                if app.id not in self._known:
                    self._start(app)
                    self._known.add(app.id)
            stop.wait(_LOOK_EVERY_S)

    def _start(self, app: App) -> None:
        feed = Feed(
            workspace_id=app.workspace_id,
            app_id=app.id,
            channel=self.wired.channels[app.network],
            clock=self.wired.desk.clock,
            committer=self.committer,
            open_stream=partial(_open, self.wired, app),
            ask_lists=partial(self._catch_up(app).app, app.workspace_id, app.id),
            arrived=self.pump.poke,
        )
        if app.intake == "stream":
            self.crew.start(f"stream-{app.id}", feed.read)
        self.crew.start(f"catch-up-{app.id}", feed.keep_asking)

    def _catch_up(self, app: App) -> CatchUp:
        return CatchUp(
            desk=self.wired.desk,
            channel=self.wired.channels[app.network],
            perform=self.wired.perform,
            committer=self.committer,
            arrived=self.pump.poke,
        )


def _open(wired: Wired, app: App, call: HttpCall) -> AbstractContextManager[Lines]:
    """With the app's secrets as they are now, which may not be those it began with."""
    return open_stream(wired.session(app), call)
