"""The browsers that listen in this process, and what waits to be written to each.

A browser that does not read is let go, never waited for: it comes back with the last id it saw and gets the rest from
the table of changes. Written to by the tail's one thread, read on the server's event loop.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress

#: Changes that may wait for one browser, about 100 kB: at the pace of a busy day (20 a second), most of a minute.
QUEUE = 1000


class Browser:
    """One open stream. `after`: the last seq that the page knows, if it says so."""

    def __init__(self, workspace_id: int, after: int | None) -> None:
        self.workspace_id = workspace_id
        self.after = after
        self.loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self.closed = asyncio.Event()

    def offer(self, frames: Sequence[bytes]) -> None:
        """Put `frames` in line, or close the stream of a browser that has let too many pile up."""
        if len(self._waiting) + len(frames) > QUEUE:
            self.close()
            return
        self._waiting.extend(frames)
        self._news.set()

    async def take(self) -> bytes:
        """Everything in line, as soon as there is something."""
        await self._news.wait()
        self._news.clear()
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken

    def close(self) -> None:
        """End the stream. On its loop; see `Hub.close` for other threads."""
        self.closed.set()


class Hub:
    """Who listens to which workspace. Only the tail's thread calls it, so joining and publishing cannot overlap."""

    def __init__(self) -> None:
        self._rooms: dict[int, set[Browser]] = defaultdict(set)

    @property
    def rooms(self) -> list[int]:
        """Workspaces with at least one browser."""
        return list(self._rooms)

    def enter(self, browser: Browser) -> None:
        """From now on it gets what is published to its workspace."""
        self._rooms[browser.workspace_id].add(browser)

    def leave(self, browser: Browser) -> None:
        """It is gone; leaving twice is fine."""
        room = self._rooms[browser.workspace_id]
        room.discard(browser)
        if not room:
            del self._rooms[browser.workspace_id]

    def publish(self, workspace_id: int, frames: list[bytes]) -> None:
        """Give `frames` to every browser of the workspace."""
        mail: dict[asyncio.AbstractEventLoop, list[Browser]] = defaultdict(list)
        for browser in self._rooms.get(workspace_id, ()):
            mail[browser.loop].append(browser)
        for loop, browsers in mail.items():
            _hand_over(loop, browsers, frames)

    def whisper(self, browser: Browser, frames: list[bytes]) -> None:
        """Give `frames` to one browser."""
        if frames:
            _hand_over(browser.loop, [browser], frames)

    def close(self) -> None:
        """End every stream: the process is going down."""
        for browser in [browser for room in self._rooms.values() for browser in room]:
            with suppress(RuntimeError):
                browser.loop.call_soon_threadsafe(browser.close)


def _hand_over(loop: asyncio.AbstractEventLoop, browsers: list[Browser], frames: list[bytes]) -> None:
    """To the server's loop, in one wake-up for all its browsers. A loop that has closed took them with it."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_offer, browsers, frames)


def _offer(browsers: list[Browser], frames: list[bytes]) -> None:
    for browser in browsers:
        browser.offer(frames)
