"""Everybody who wrote or was answered gets an identity, and every identity a customer.

A profile is the newest that any event showed, with the values themselves breaking ties, so that it does not matter
which event came first. An event shows the people of its own messages; what it says of others (somebody merely named) is
left out, because whether they are known by then would depend on the order. Introductions (`Channel.introduce`) hold
people and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import replace

from careline.actions.keep.batch import Batch
from careline.domain.facts import DmRead, DmSeen, Parsed, PostSeen, Profile
from careline.domain.ids import make_id
from careline.store.models import Customer, Identity
from careline.store.renew import renew
from careline.store.scoped import scoped

#: Changes of direction, which a name has no use for: one that is never ended would move what stands beside the name.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


class People:
    """The identities of a batch, by network id. `renamed`: customers who look different now."""

    def __init__(self, workspace_id: int, known: dict[str, Identity], renamed: set[int]) -> None:
        self._workspace_id = workspace_id
        self.renamed = renamed
        self._by_network_id = known
        self._customers = {one.id: one.customer_id for one in known.values()}

    def get(self, network_id: str | None) -> Identity | None:
        """The identity with this network id, if anybody of the batch has it."""
        return self._by_network_id.get(network_id or "")

    def customers(self) -> set[int]:
        """Everybody of the batch."""
        return set(self._customers.values())

    def customer_of(self, identity_id: int) -> int:
        """The customer to whom an identity belongs, also one that only an older message named."""
        if identity_id not in self._customers:
            row = scoped(Identity, self._workspace_id).get(id=identity_id)
            self._customers[identity_id] = row.customer_id
        return self._customers[identity_id]


def keep_people(batch: Batch) -> People:
    """Make the identities that are missing and renew the profiles that are older than what the batch shows."""
    named = {event.seq: _people_of(batch, event.parsed) for event in batch.events}
    shown = _newest_profiles(batch, named)
    wanted = set(shown).union(*named.values())
    known = _load(batch, wanted)
    missing = wanted - known.keys()
    if missing:
        _make(batch, missing)
        known = _load(batch, wanted)
    changed = [one for key, one in known.items() if key in shown and _renew(one, shown[key])]
    renew(Identity, changed, ["handle", "handle_folded", "name", "avatar_url", "protected", "as_of_ms"])
    return People(batch.workspace_id, known, {one.customer_id for one in changed})


def _people_of(batch: Batch, parsed: Parsed) -> set[str]:
    """Network ids of all who wrote, or whom we answered, but for ourselves."""
    ids: set[str] = set()
    for fact in parsed.facts:
        if isinstance(fact, PostSeen) and not fact.repost_of_id:
            ids.add(fact.author_id)
            if fact.author_id in batch.ours and fact.reply_to_user_id:
                ids.add(fact.reply_to_user_id)
        elif isinstance(fact, DmSeen) and {fact.sender_id, fact.recipient_id} & batch.ours.keys():
            ids |= {fact.sender_id, fact.recipient_id}
        elif isinstance(fact, DmRead) and fact.writer_id in batch.ours:
            ids.add(fact.reader_id)
    return ids - batch.ours.keys()


def _rank(profile: Profile) -> tuple[int, str, str, str, bool]:
    return (profile.as_of, profile.handle, profile.name, profile.avatar_url, profile.protected)


def _newest_profiles(batch: Batch, named: dict[int, set[str]]) -> dict[str, Profile]:
    newest: dict[str, Profile] = {}
    for event in batch.events:
        at_ms = _time_of(event.parsed)
        for one in event.parsed.profiles:
            if one.id in batch.ours or (event.parsed.facts and one.id not in named[event.seq]):
                continue
            profile = replace(one, as_of=one.as_of or at_ms, name=_DIRECTION.sub("", one.name))
            if profile.id not in newest or _rank(profile) > _rank(newest[profile.id]):
                newest[profile.id] = profile
    return newest


def _time_of(parsed: Parsed) -> int:
    """When the event happened: the time of its latest post, DM or reading."""
    return max((fact.created_ms for fact in parsed.facts if isinstance(fact, PostSeen | DmSeen | DmRead)), default=0)


def _load(batch: Batch, ids: set[str]) -> dict[str, Identity]:
    rows = scoped(Identity, batch.workspace_id).filter(network=batch.network, network_id__in=ids)
    return {one.network_id: one for one in rows}


def _make(batch: Batch, ids: set[str]) -> None:
    """Another writer may make the same person at the same moment: the unique constraint decides, the rest goes."""
    customers, identities = [], []
    for network_id in sorted(ids):
        customer = Customer(id=make_id(batch.now_ms), workspace_id=batch.workspace_id, created_ms=batch.now_ms)
        customers.append(customer)
        identities.append(
            Identity(
                id=make_id(batch.now_ms),
                workspace_id=batch.workspace_id,
                customer=customer,
                network=batch.network,
                network_id=network_id,
            )
        )
    Customer.objects.bulk_create(customers)
    Identity.objects.bulk_create(identities, ignore_conflicts=True)
    ours = {one.id for one in identities}
    mine = set(scoped(Identity, batch.workspace_id).filter(id__in=ours).values_list("customer_id", flat=True))
    lost = [one.id for one in customers if one.id not in mine]
    if lost:
        Customer.objects.filter(workspace_id=batch.workspace_id, id__in=lost).delete()


def _renew(identity: Identity, profile: Profile) -> bool:
    current = (identity.as_of_ms, identity.handle, identity.name, identity.avatar_url, identity.protected)
    if _rank(profile) <= current:
        return False
    identity.handle, identity.name = profile.handle[:64], profile.name[:200]
    identity.handle_folded = identity.handle.casefold()
    identity.avatar_url = profile.avatar_url[:500]
    identity.protected = profile.protected
    identity.as_of_ms = profile.as_of
    return True
