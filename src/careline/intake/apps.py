"""Whose secret signs what arrives at an address: a small cache in front of the desk's table of apps.

Intake must go on while the desk's database is locked, migrating or away (law 1), so a known app stays known until
the table says otherwise, and one look-up at a time is made for all that ask for the same app.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger("careline.intake.apps")

_FRESH_S = 10.0
_ABSENT_S = 2.0
_MOST = 4096


@dataclass(frozen=True, slots=True)
class IntakeApp:
    """What intake has to know of an app at a network."""

    id: int
    workspace_id: int
    network: str
    consumer_secret: str

    def __repr__(self) -> str:
        """Without the secret, so that no log line or traceback can show it."""
        return f"IntakeApp({self.id}, {self.network})"


#: Reads one app from the desk; may block. None: there is no such app. Raises when the desk cannot be asked.
FindApp = Callable[[int], IntakeApp | None]


class AppCache:
    """`find` runs in a thread of the loop's pool, at most every 10 s an app; answers are shared."""

    def __init__(self, find: FindApp) -> None:
        self._find = find
        self._kept: dict[int, tuple[float, IntakeApp | None]] = {}
        self._asking: dict[int, asyncio.Future[IntakeApp | None]] = {}

    def known(self, app_id: int) -> IntakeApp | None:
        """The app, where it was looked up a moment ago; the way of nearly every event."""
        until, app = self._kept.get(app_id, (0.0, None))
        return app if until > time.monotonic() else None

    async def get(self, app_id: int) -> IntakeApp | None:
        """The app or None. Raises what `find` raises for an app that was never seen."""
        until, app = self._kept.get(app_id, (0.0, None))
        if until > time.monotonic():
            return app
        if app_id not in self._asking:
            self._asking[app_id] = asyncio.ensure_future(self._ask(app_id))
        return await asyncio.shield(self._asking[app_id])

    async def _ask(self, app_id: int) -> IntakeApp | None:
        try:
            app = await asyncio.get_running_loop().run_in_executor(None, self._find, app_id)
        except Exception as error:
            _, app = self._kept.get(app_id, (0.0, None))
            if app is None:
                raise
            _log.warning("desk_away", app_id=app_id, error=type(error).__name__)
        finally:
            del self._asking[app_id]
        self._keep(app_id, app)
        return app

    def _keep(self, app_id: int, app: IntakeApp | None) -> None:
        if len(self._kept) >= _MOST:
            # Only somebody guessing addresses gets here; what they guessed goes, real apps stay.
            self._kept = {known: entry for known, entry in self._kept.items() if entry[1]}
        self._kept[app_id] = (time.monotonic() + (_FRESH_S if app else _ABSENT_S), app)
