"""Which conversation a message belongs to (law 4), whatever order messages came in (law 1).

Placing is a fold. It starts from the customer's conversations as the last decision of a *person* left them and takes
every message that came since, in the network's own order of time. A message that arrives late therefore changes the
fold as if it had come in time: a conversation opened a minute ago by a newer message is provisional until somebody
acts on it, and gives way. What a person has acted on stays where it was. docs/adr/0006 tells why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from careline.domain.words import Ending, Kind, State

#: Stands for the one conversation that a fold may open. More cannot be: once open, it takes what follows.
NEW = 0

#: Two clocks, the network's and ours, decide whether a DM came after an invitation; allow them to disagree so far.
SKEW_MS = 60_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversation as a person's last decision left it.

    `threads`: root ids of the threads it holds; `accounts`: network ids of ours with which it holds DMs.
    """

    id: int
    state: State
    ending: Ending = Ending.NONE
    resolved_ms: int | None = None
    split: bool = False
    threads: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """A message to be placed. `asks`: it mentions us, or answers or quotes our post. `account`: ours, for a DM.

    `parent`: ref of the post it answers. `order`: (time ms, network id as a number).
    """

    ref: str
    order: tuple[int, int]
    kind: Kind
    inbound: bool
    asks: bool = False
    thread: str | None = None
    account: str | None = None
    parent: str | None = None

    @property
    def at_ms(self) -> int:
        """The network's time."""
        return self.order[0]


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation that a DM from this customer to `account` may answer, from `from_ms` to `until_ms`."""

    id: int
    conversation_id: int
    account: str
    from_ms: int
    until_ms: int


@dataclass(slots=True)
class Placement:
    """What the fold says. `homes`: ref -> conversation id or NEW; refs that are missing are thread context only.

    `opened_by`/`prior`: the message that opened the new conversation, and the resolved one it follows.
    `states`: conversations whose state is not what the person left, with the message that did it.
    `arrivals`: offer id -> the DM that answered it.
    """

    homes: dict[str, int] = field(default_factory=dict)
    opened_by: str | None = None
    prior: int | None = None
    reopened: dict[int, str] = field(default_factory=dict)
    woken: dict[int, str] = field(default_factory=dict)
    arrivals: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Case:
    id: int
    resolved: bool
    pending: bool
    ending: Ending
    resolved_ms: int
    split: bool
    threads: set[str]
    accounts: set[str]

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Unsplit before split, old before new."""
        return (self.split, self.id == NEW, self.id)


class _Fold:
    def __init__(
        self, standings: Iterable[Standing], offers: Iterable[Offer], settled: Mapping[str, int], reopen_ms: int
    ) -> None:
        self.cases = {
            one.id: _Case(
                one.id,
                one.state == State.RESOLVED,
                one.state == State.PENDING,
                one.ending,
                one.resolved_ms or 0,
                one.split,
                set(one.threads),
                set(one.accounts),
            )
            for one in standings
        }
        self.offers = sorted(offers, key=lambda offer: (-offer.from_ms, offer.id))
        self.settled = settled
        self.reopen_ms = reopen_ms
        self.loose: dict[str, list[str]] = {}
        self.result = Placement()

    def take(self, item: Item) -> None:
        """Place one message; items must come in order."""
        if not item.inbound:
            self._join(self._home_of_ours(item), item)
        elif item.kind is Kind.DM:
            self._join(self._invited(item) or self._open_case(item) or self._revive(item), item)
        elif item.asks:
            self._join(self._open_case(item) or self._revive(item), item)
        else:
            self._join(self._holding(item, resolved=False), item)

    def _home_of_ours(self, item: Item) -> _Case | None:
        """What we wrote ourselves opens nothing and reopens nothing."""
        if item.kind is Kind.POST:
            return self._parent(item)
        return self._open_case(item) or self._holding(item, resolved=True)

    def _parent(self, item: Item) -> _Case | None:
        home = self.result.homes.get(item.parent or "", self.settled.get(item.parent or ""))
        return None if home is None else self.cases.get(home)

    def _invited(self, item: Item) -> _Case | None:
        """The live handoff's conversation; reopened if need be and if that leaves one conversation only."""
        for offer in self.offers:
            in_time = offer.from_ms - SKEW_MS <= item.at_ms <= offer.until_ms
            if offer.account != item.account or not in_time or offer.id in self.result.arrivals:
                continue
            case = self.cases.get(offer.conversation_id)
            if case is None or case.ending is Ending.SPAM:
                continue
            self.result.arrivals[offer.id] = item.ref
            if case.resolved and (case.split or self._unsplit() is None):
                self._reopen(case, item)
            return None if case.resolved else case
        return None

    def _open_case(self, item: Item) -> _Case | None:
        """An unresolved conversation: the answered post's, one that holds this thread or account, the unsplit one."""
        parent = self._parent(item)
        if parent is not None and not parent.resolved:
            return parent
        return self._holding(item, resolved=False) or self._unsplit()

    def _unsplit(self) -> _Case | None:
        return next((case for case in self.cases.values() if not case.resolved and not case.split), None)

    def _holding(self, item: Item, *, resolved: bool) -> _Case | None:
        """The case with this thread or these DMs: among open ones the oldest unsplit, among resolved the latest."""
        held = [
            case
            for case in self.cases.values()
            if case.resolved is resolved and (item.thread in case.threads or item.account in case.accounts)
        ]
        if resolved:
            return max(held, key=lambda case: (case.resolved_ms, case.id), default=None)
        return min(held, key=lambda case: case.rank, default=None)

    def _revive(self, item: Item) -> _Case:
        """Reopen the resolved conversation it continues, leave spam shut, or open a new one linked to the last."""
        shut = [case for case in self.cases.values() if case.resolved]
        last = max(shut, key=lambda case: (case.resolved_ms, case.id), default=None)
        parent = self._parent(item)
        for case in (parent, self._holding(item, resolved=True), last):
            if case is None:
                continue
            if case.ending is Ending.SPAM:
                return case
            if item.at_ms <= case.resolved_ms + self.reopen_ms:
                self._reopen(case, item)
                return case
        return self._open_new(item, last)

    def _reopen(self, case: _Case, item: Item) -> None:
        case.resolved, case.pending = False, False
        self.result.reopened[case.id] = item.ref

    def _open_new(self, item: Item, prior: _Case | None) -> _Case:
        case = self.cases[NEW] = _Case(NEW, False, False, Ending.NONE, 0, False, set(), set())
        self.result.opened_by, self.result.prior = item.ref, prior.id if prior else None
        return case

    def _join(self, case: _Case | None, item: Item) -> None:
        if case is None:
            if item.account:
                self.loose.setdefault(item.account, []).append(item.ref)
            return
        self.result.homes[item.ref] = case.id
        if item.thread:
            case.threads.add(item.thread)
        if item.account:
            case.accounts.add(item.account)
            for ref in self.loose.pop(item.account, ()):
                self.result.homes[ref] = case.id
        if item.inbound and case.pending:
            case.pending = False
            self.result.woken[case.id] = item.ref


def place(
    standings: Iterable[Standing],
    items: Iterable[Item],
    offers: Iterable[Offer] = (),
    *,
    settled: Mapping[str, int] | None = None,
    reopen_ms: int,
) -> Placement:
    """Place one customer's messages. The order of `items` does not matter; `settled`: homes of older messages."""
    fold = _Fold(standings, offers, settled or {}, reopen_ms)
    for item in sorted(items, key=lambda one: (one.order, one.ref)):
        fold.take(item)
    return fold.result
