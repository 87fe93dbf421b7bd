"""Names for those whom an event only numbered: asked for soon, in batches, each person once a day at the most.

The answers go through the raw log like everything else that a network says (law 1).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, close_old_connections

from careline.actions.context import Desk
from careline.actions.introductions import nameless, note_asked
from careline.channels.base import Channel, Introduced
from careline.intake.catchup import Performs
from careline.intake.committer import Committer
from careline.ports.event_log import LogUnavailable, RawEvent
from careline.store.models import Account, Workspace
from careline.store.scoped import scoped

_log = structlog.get_logger("careline.intake.introductions")
_EVERY_S = 1.0
#: After a refusal or a full rate window: no sooner than this.
_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Introductions:
    """`arrived` is called after something new was logged (it wakes the pump)."""

    desk: Desk
    channels: Mapping[str, Channel]
    perform: Performs
    committer: Committer
    arrived: Callable[[], None]

    def run(self, stop: threading.Event) -> None:
        """Ask until `stop` is set."""
        while not stop.is_set():
            try:
                workspaces = [self.workspace(one) for one in Workspace.objects.values_list("id", flat=True)]
                well = all(workspaces)
            except (DatabaseError, LogUnavailable) as error:
                _log.warning("introductions_wait", error=type(error).__name__)
                well = False
            close_old_connections()
            stop.wait(_EVERY_S if well else _PAUSE_S)

    def workspace(self, workspace_id: int) -> bool:
        """Ask for everyone who is due, through one account of each network; whether nothing stood in the way."""
        well = True
        for network, channel in self.channels.items():
            ids = nameless(workspace_id, network, self.desk.clock.now_ms())
            account = scoped(Account, workspace_id).filter(network=network, connected=True).order_by("id").first()
            if ids and account is not None:
                well = self._ask(account, channel, ids) and well
        return well

    def _ask(self, account: Account, channel: Channel, ids: list[str]) -> bool:
        now_ms = self.desk.clock.now_ms()
        found = self.perform(account, channel.introduce(ids, now_ms))
        if not isinstance(found, Introduced):
            _log.warning("introductions_refused", account_id=account.id, why=type(found).__name__)
            return False
        head = (account.workspace_id, account.app_id, account.network, "list", now_ms)
        self.committer.append([RawEvent(*head, payload) for payload in found.payloads])
        note_asked(self.desk, account.workspace_id, account.network, ids)
        self.arrived()
        return True
