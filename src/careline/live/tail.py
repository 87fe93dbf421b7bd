"""Reads the table of changes and feeds the hub: the road by which nothing stays unseen, poked or not.

One thread does all of it, joining included, so a browser can neither miss what is published while it joins nor get it
twice. A poke only saves the wait for the next look, at most `every_s`.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

from careline.live import frames
from careline.live.hub import Browser, Hub
from careline.ports.live import Changes

#: More news than this at once are not told one by one: the browser fetches what it shows, which is less work for both.
BACKLOG = 500

_log = logging.getLogger(__name__)


class Tail:
    """Owns the hub. `start` and `stop` once each; `join`, `leave` and `poke` from any thread at any time."""

    def __init__(self, hub: Hub, changes: Changes, *, every_s: float) -> None:
        self._hub = hub
        self._changes = changes
        self._every_s = every_s
        self._at: dict[int, int] = {}
        self._comers: deque[Browser] = deque()
        self._leavers: deque[Browser] = deque()
        self._whispers: deque[tuple[int, bytes]] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._blind = False
        self._thread = threading.Thread(target=self._run, name="live-tail", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End every stream and the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=5)

    def poke(self, _workspace_id: int) -> None:
        """Look now. All workspaces with browsers are looked at in one query, so it does not matter which."""
        self._wake.set()

    def join(self, browser: Browser) -> None:
        """Give `browser` what it missed, and everything from then on."""
        self._comers.append(browser)
        self._wake.set()

    def leave(self, browser: Browser) -> None:
        """It has gone."""
        self._leavers.append(browser)
        self._wake.set()

    def tell(self, workspace_id: int, frame: bytes) -> None:
        """Pass `frame` on to whoever listens to the workspace now; it is in no table and nobody will ask for it."""
        self._whispers.append((workspace_id, frame))
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            watching = bool(self._hub.rooms or self._comers)
            if not watching:
                self._changes.let_go()
            self._wake.wait(self._every_s if watching else None)
            self._wake.clear()
            self._turn()
        self._hub.close()
        self._changes.let_go()

    def _turn(self) -> None:
        try:
            self._see_off()
            self._pass_on()
            self._look(self._hub.rooms)
            while self._comers:
                self._welcome(self._comers[0])
                self._comers.popleft()
            self._blind = False
        except Exception as error:
            # Any trouble of the database: browsers stay connected, the next look comes with a new connection.
            if not self._blind:
                _log.warning("live: cannot read the table of changes (%s)", type(error).__name__)
            self._blind = True
            self._changes.let_go()

    def _see_off(self) -> None:
        while self._leavers:
            browser = self._leavers.popleft()
            self._hub.leave(browser)
            if browser.workspace_id not in self._hub.rooms:
                self._at.pop(browser.workspace_id, None)

    def _pass_on(self) -> None:
        while self._whispers:
            workspace_id, frame = self._whispers.popleft()
            self._hub.publish(workspace_id, [frame])

    def _look(self, workspace_ids: list[int]) -> None:
        if not workspace_ids:
            return
        for workspace_id, head in self._changes.heads(workspace_ids).items():
            at = self._at.setdefault(workspace_id, head)
            if head != at:
                self._hub.publish(workspace_id, self._news(workspace_id, at, head))
                self._at[workspace_id] = head

    def _welcome(self, browser: Browser) -> None:
        """`_look` comes first, so that the browser's backlog ends exactly where publishing to it begins."""
        if browser.closed.is_set():
            return
        self._look([browser.workspace_id])
        head = self._at[browser.workspace_id]
        after = head if browser.after is None else browser.after
        news = [] if after == head else self._news(browser.workspace_id, after, head)
        self._hub.enter(browser)
        self._hub.whisper(browser, news)

    def _news(self, workspace_id: int, after: int, head: int) -> list[bytes]:
        """Frames for all changes from `after` to `head`, or the one that says: fetch everything.

        The latter when they are too many, when pruning has taken some, and when `after` lies in the future, which is
        what a page sees after an older database was restored.
        """
        if not 0 <= head - after <= BACKLOG:
            return [frames.resync(head)]
        rows = [row for row in self._changes.read(workspace_id, after, BACKLOG) if row.seq <= head]
        if len(rows) != head - after:
            return [frames.resync(head)]
        return [frames.change(row) for row in rows]
