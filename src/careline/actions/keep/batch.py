"""The facts of a batch, sorted, and what keeping them touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from careline.actions.decisions import Journal
from careline.domain.facts import DmRead, DmSeen, Gone, Parsed, PostSeen
from careline.store.models import Account, Message
from careline.store.scoped import scoped


@dataclass(frozen=True, slots=True)
class Received:
    """One logged event, read. `seq`: its place in the raw log; `source`: the road it came by."""

    seq: int
    parsed: Parsed
    source: str = ""
    network: str = "x"


@dataclass(frozen=True, slots=True)
class Seen:
    """A post or DM with the event and the account of ours that saw it."""

    fact: PostSeen | DmSeen
    seq: int
    account: Account | None


@dataclass(slots=True)
class Kept:
    """What keeping touched. `renamed`: customers whose profile changed.

    `read`: customers who have read more of ours; `consent`: those who wrote to us in private, or asked us to stop.
    `stale`: messages now deleted whose events must be redacted in the log.
    """

    messages: dict[int, Message] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)
    renamed: set[int] = field(default_factory=set)
    read: set[int] = field(default_factory=set)
    consent: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)


class Batch:
    """The facts of one network in a workspace, sorted by what they are, and who we are there."""

    def __init__(self, journal: Journal, network: str, events: Sequence[Received]) -> None:
        workspace_id = self.workspace_id = journal.workspace_id
        self.journal = journal
        self.network = network
        self.now_ms = journal.now_ms
        self.events = events
        self.ours = {one.network_id: one for one in scoped(Account, workspace_id).filter(network=network)}
        self.posts: dict[str, list[Seen]] = {}
        self.dms: dict[str, list[Seen]] = {}
        self.read: list[DmRead] = []
        self.gone: list[Gone] = []
        self.counts: dict[str, int] = {}
        for event in events:
            self._sort(event)

    def _sort(self, event: Received) -> None:
        account = self.ours.get(event.parsed.account_id or "")
        for fact in event.parsed.facts:
            if isinstance(fact, PostSeen):
                if fact.repost_of_id:
                    self._count("repost")
                    continue
                first = fact.versions[0] if fact.versions else fact.id
                self.posts.setdefault(first, []).append(Seen(fact, event.seq, account))
            elif isinstance(fact, DmSeen):
                ours = account or self.ours.get(fact.recipient_id) or self.ours.get(fact.sender_id)
                if fact.sender_id in self.ours or fact.recipient_id in self.ours:
                    self.dms.setdefault(fact.id, []).append(Seen(fact, event.seq, ours))
                else:
                    self._count("foreign dm")
            elif isinstance(fact, DmRead):
                self._sort_reading(fact)
            elif isinstance(fact, Gone):
                self.gone.append(fact)
            else:
                self._count(fact.what)

    def _sort_reading(self, fact: DmRead) -> None:
        if fact.writer_id in self.ours and fact.reader_id not in self.ours:
            self.read.append(fact)
        else:
            self._count("dm.read not of ours")

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
