"""Asking a network's own lists for what neither webhook nor stream brought (law 1).

A stream has no acknowledgement and a webhook is tried only a few times, so the lists are asked on every connect and,
slowly, in between. What they give goes through the same log as everything else; marks move after it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, TypeVar

import structlog

from careline.actions.context import Desk
from careline.actions.marks import move_marks
from careline.channels.base import Channel, Collected, Marks, Steps
from careline.domain.facts import DmSeen, PostSeen
from careline.intake.committer import Committer
from careline.ports.event_log import RawEvent
from careline.store.models import Account
from careline.store.scoped import scoped

_log = structlog.get_logger("careline.intake.catchup")
T = TypeVar("T")

#: Payloads of one append: small enough that webhooks and stream lines wait no longer than for any other commit.
_CHUNK = 200


class Performs(Protocol):
    """Runs a channel's steps in an account's name (the composition root binds network.perform)."""

    def __call__(self, account: Account, steps: Steps[T], /) -> T:
        """What the steps found."""
        ...


@dataclass(frozen=True, slots=True)
class CatchUp:
    """`arrived` is called after something new was logged (it wakes the pump)."""

    desk: Desk
    channel: Channel
    perform: Performs
    committer: Committer
    arrived: Callable[[], None]

    def app(self, workspace_id: int, app_id: int) -> None:
        """Every account of the app, one after the other; a failure of one is not the others'."""
        for account in scoped(Account, workspace_id).filter(app_id=app_id).select_related("app").order_by("id"):
            try:
                self.account(account)
            except Exception:
                _log.exception("catch_up_failed", account_id=account.id)

    def account(self, account: Account) -> Collected:
        """Ask, log, then move the marks. Raises LogUnavailable, with the marks where they were."""
        now_ms = self.desk.clock.now_ms()
        before = Marks(post_id=account.marks.get("post_id"), dm_id=account.marks.get("dm_id"))
        found = self.perform(account, self.channel.collect(account.network_id, before, now_ms))
        self._append(account, found.payloads)
        read_ms = account.marks.get("read_ms", account.created_ms) if found.trouble else now_ms
        move_marks(
            self.desk,
            account,
            marks={**asdict(found.marks), "read_ms": read_ms},
            trouble=found.trouble,
            gap=None if found.covered else self._gap(account, found, now_ms),
        )
        _log.info("caught_up", account_id=account.id, events=len(found.payloads), covered=found.covered)
        return found

    def _append(self, account: Account, payloads: Sequence[bytes]) -> None:
        head = (account.workspace_id, account.app_id, account.network, "list", self.desk.clock.now_ms())
        for start in range(0, len(payloads), _CHUNK):
            self.committer.append([RawEvent(*head, payload) for payload in payloads[start : start + _CHUNK]])
        if payloads:
            self.arrived()

    def _gap(self, account: Account, found: Collected, now_ms: int) -> tuple[int, int]:
        """From when the lists were last read to where they begin now: the latest beginning, so rather too long."""
        from_ms = account.marks.get("read_ms", account.created_ms)
        begins: dict[tuple[str, bool], int] = {}
        for payload in found.payloads:
            for fact in self._seen(payload):
                author = fact.author_id if isinstance(fact, PostSeen) else ""
                which = type(fact).__name__, author == account.network_id
                begins[which] = min(begins.get(which, now_ms), fact.created_ms)
        return from_ms, max(from_ms, *begins.values()) if begins else now_ms

    def _seen(self, payload: bytes) -> list[PostSeen | DmSeen]:
        try:
            return [fact for fact in self.channel.parse(payload).facts if isinstance(fact, PostSeen | DmSeen)]
        except ValueError:
            return []
