"""What people took away at the network is taken away here: text, pictures, and the words in the raw log."""

from __future__ import annotations

from careline.actions.keep.batch import Batch, Kept
from careline.domain.ids import make_id
from careline.domain.words import Kind
from careline.store.models import Attachment, Message, MessageVersion, Tombstone
from careline.store.scoped import scoped


def keep_gone(batch: Batch, kept: Kept) -> None:
    """Write tombstones, then empty every message of the batch or of the desk that has one."""
    named = {(gone.kind, gone.id) for gone in batch.gone}
    _write(batch, named)
    for kind, held in ((Kind.POST, batch.posts), (Kind.DM, batch.dms)):
        ids = {network_id for gone_kind, network_id in named if gone_kind == kind} | set(held)
        ids |= {one.fact.id for many in held.values() for one in many}
        dead = _dead(batch, kind, ids)
        if dead:
            _empty(batch, kept, kind, dead)


def _write(batch: Batch, named: set[tuple[str, str]]) -> None:
    rows = [
        Tombstone(
            id=make_id(batch.now_ms),
            workspace_id=batch.workspace_id,
            network=batch.network,
            kind=kind,
            network_id=network_id,
            at_ms=batch.now_ms,
        )
        for kind, network_id in sorted(named)
    ]
    Tombstone.objects.bulk_create(rows, ignore_conflicts=True)


def _dead(batch: Batch, kind: str, ids: set[str]) -> set[str]:
    """First ids of the messages, among these ids of theirs or of their versions, that have a tombstone."""
    versions = scoped(MessageVersion, batch.workspace_id).filter(network=batch.network, kind=kind)
    related = {*ids, *versions.filter(first_id__in=ids).values_list("network_id", flat=True)}
    stones = scoped(Tombstone, batch.workspace_id).filter(network=batch.network, kind=kind, network_id__in=related)
    dead = set(stones.values_list("network_id", flat=True))
    first = dict(versions.filter(network_id__in=dead).values_list("network_id", "first_id"))
    return {first.get(one, one) for one in dead}


def _empty(batch: Batch, kept: Kept, kind: str, ids: set[str]) -> None:
    rows = scoped(Message, batch.workspace_id).filter(network=batch.network, kind=kind, network_id__in=ids)
    for row in rows:
        if row.deleted_ms is None or row.text:
            row.deleted_ms = row.deleted_ms or batch.now_ms
            row.text = ""
            row.shape = {}
            row.save(update_fields=["deleted_ms", "text", "shape"])
        scoped(Attachment, batch.workspace_id).filter(message=row).exclude(state="gone").update(state="gone", alt="")
        kept.messages[row.id] = row
        kept.stale.add(row.id)
