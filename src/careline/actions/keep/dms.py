"""Private messages, and what they say about our leave to write back (law 5)."""

from __future__ import annotations

from collections.abc import Sequence

from careline.actions.keep.batch import Batch, Kept, Seen
from careline.actions.keep.echo import claim_echoes
from careline.actions.keep.people import People
from careline.actions.keep.rows import attach, gather, load, save, sight
from careline.domain.consent import is_stop
from careline.domain.facts import DmSeen, Media
from careline.domain.settings import read_settings
from careline.domain.words import Audience, Direction, Kind
from careline.store.models import Identity, Message, Workspace
from careline.store.renew import renew

_FIELDS = (
    "network_id",
    "account",
    "identity",
    "author_network_id",
    "text",
    "created_ms",
    "version_id",
    "shape",
    "direction",
)


def keep_dms(batch: Batch, people: People, kept: Kept) -> None:
    """Write the batch's private messages."""
    if batch.dms:
        known = load(batch, Kind.DM, batch.dms)
        claim_echoes(batch, Kind.DM, known, kept)
        rows, fresh = gather(batch, Kind.DM, batch.dms, known)
        pictures: dict[int, tuple[Message, Sequence[Media]]] = {}
        for network_id, seen in batch.dms.items():
            row = rows[network_id]
            for fact in (one.fact for one in seen if isinstance(one.fact, DmSeen)):
                _merge(batch, row, fact, people)
                if fact.media:
                    pictures[row.id] = (row, fact.media)
        save(fresh, list(known.values()), _FIELDS)
        kept.fresh |= {row.id for row in fresh}
        sight(batch, kept, rows, batch.dms)
        attach(batch, pictures)
    _keep_consent(batch, people, kept)
    _keep_readings(batch, people, kept)


def _merge(batch: Batch, row: Message, fact: DmSeen, people: People) -> None:
    """Fold one showing of a DM into its row; the other person decides whose message it is about."""
    from_us = fact.sender_id in batch.ours
    row.audience = Audience.PRIVATE
    row.author_network_id = fact.sender_id
    row.direction = Direction.OUT if from_us else Direction.IN
    row.account = batch.ours[fact.sender_id if from_us else fact.recipient_id]
    row.identity = people.get(fact.recipient_id if from_us else fact.sender_id)
    row.created_ms = min(row.created_ms, fact.created_ms) if row.version_id else fact.created_ms
    row.version_id = fact.id
    if row.deleted_ms is None and row.uid is None and (len(fact.text), fact.text) > (len(row.text), row.text):
        row.text = fact.text
    if fact.about_post_ids:
        row.shape = {**row.shape, "about": sorted({*row.shape.get("about", []), *fact.about_post_ids})}


def _keep_consent(batch: Batch, people: People, kept: Kept) -> None:
    """Note when each person last wrote to each account of ours, and when they last said stop."""
    settings = read_settings(Workspace.objects.get(id=batch.workspace_id).settings)
    changed: dict[int, Identity] = {}
    for seen in (one for many in [*batch.posts.values(), *batch.dms.values()] for one in many):
        fact = seen.fact
        person = people.get(fact.sender_id if isinstance(fact, DmSeen) else fact.author_id)
        if person is not None and _note(batch, person, seen, settings.stop_words_at(seen.fact.created_ms)):
            changed[person.id] = person
    renew(Identity, changed.values(), ["stopped_ms", "wrote_ms"])
    kept.consent |= {one.customer_id for one in changed.values()}


def _note(batch: Batch, person: Identity, seen: Seen, stop_words: Sequence[str]) -> bool:
    fact = seen.fact
    if is_stop(fact.text, stop_words):
        if fact.created_ms <= (person.stopped_ms or 0):
            return False
        person.stopped_ms = fact.created_ms
        # Also a decision: their "stop" outlives the message, which they may delete and which is then redacted.
        batch.journal.decide("stopped", identity=person.network_id, network=batch.network, at_ms=fact.created_ms)
        return True
    if not isinstance(fact, DmSeen):
        return False
    last = person.wrote_ms.get(fact.recipient_id, 0)
    if fact.created_ms <= last:
        return False
    person.wrote_ms = {**person.wrote_ms, fact.recipient_id: fact.created_ms}
    return True


def _keep_readings(batch: Batch, people: People, kept: Kept) -> None:
    """Up to when each person has read each account's messages: the latest that any event says, in any order."""
    changed: dict[int, Identity] = {}
    for fact in batch.read:
        person = people.get(fact.reader_id)
        if person is not None and fact.created_ms > person.read_ms.get(fact.writer_id, 0):
            person.read_ms = {**person.read_ms, fact.writer_id: fact.created_ms}
            changed[person.id] = person
    renew(Identity, changed.values(), ["read_ms"])
    kept.read |= {one.customer_id for one in changed.values()}
