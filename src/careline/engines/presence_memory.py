"""Presence in the memory of the web process: the one process that all browsers talk to.

Told again every 20 seconds, forgotten after 45: one lost report does no harm, and a closed laptop is gone soon.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from careline.ports.presence import Doing, Present

EXPIRY_MS = 45_000
#: Tabs of one person; whoever opens more is seen in the newest. It bounds what a browser can make us remember.
MOST_TABS = 20


@dataclass(slots=True)
class _Tab:
    conversation_id: int
    doing: Doing
    until_ms: int


class MemoryPresence:
    """See the port. `now_ms`: a clock that only moves forward; `tell`: called, outside the lock, when somebody is seen
    anew, does something else or leaves: (workspace id, conversation id).
    """

    def __init__(self, *, now_ms: Callable[[], int], tell: Callable[[int, int], None]) -> None:
        self.now_ms = now_ms
        self._tell = tell
        self._lock = threading.Lock()
        self._tabs: dict[int, dict[tuple[int, str], _Tab]] = defaultdict(dict)

    def report(self, *, workspace_id: int, conversation_id: int, user_id: int, tab: str, doing: Doing | None) -> None:
        """See the port. A tab is at one conversation: reporting another one leaves the first."""
        with self._lock:
            before = _shown(self._alive(workspace_id))
            tabs = self._tabs[workspace_id]
            there = tabs.pop((user_id, tab), None)
            if doing is not None:
                tabs[(user_id, tab)] = _Tab(conversation_id, doing, self.now_ms() + EXPIRY_MS)
                self._bound(tabs, user_id)
            elif there is not None and there.conversation_id != conversation_id:
                tabs[(user_id, tab)] = there  # a farewell that came late: the tab is somewhere else by now
            after = _shown(tabs)
            if not tabs:
                del self._tabs[workspace_id]
        for changed in sorted({conversation for conversation, *_ in before ^ after}):
            self._tell(workspace_id, changed)

    def who(self, workspace_id: int) -> dict[int, tuple[Present, ...]]:
        """See the port."""
        with self._lock:
            tabs = list(self._alive(workspace_id).items())
        found: dict[int, dict[int, Present]] = {}
        for (user_id, _tab), one in tabs:
            people = found.setdefault(one.conversation_id, {})
            people[user_id] = _both(people.get(user_id), Present(user_id, one.doing, one.until_ms))
        return {conversation_id: tuple(people.values()) for conversation_id, people in found.items()}

    def _alive(self, workspace_id: int) -> dict[tuple[int, str], _Tab]:
        tabs, now_ms = self._tabs.get(workspace_id, {}), self.now_ms()
        for key in [key for key, one in tabs.items() if one.until_ms <= now_ms]:
            del tabs[key]
        return tabs

    def _bound(self, tabs: dict[tuple[int, str], _Tab], user_id: int) -> None:
        theirs = [key for key in tabs if key[0] == user_id]
        for key in theirs[:-MOST_TABS]:
            del tabs[key]


def _shown(tabs: dict[tuple[int, str], _Tab]) -> set[tuple[int, int, Doing]]:
    return {(one.conversation_id, user_id, one.doing) for (user_id, _tab), one in tabs.items()}


def _both(before: Present | None, now: Present) -> Present:
    """Somebody in two tabs: what they do most, until the later of the two ends."""
    if before is None:
        return now
    doing = Doing.WRITING if Doing.WRITING in (before.doing, now.doing) else Doing.READING
    return Present(now.user_id, doing, max(before.until_ms, now.until_ms))
