"""What posts and DMs have in common on their way into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from careline.actions.keep.batch import Batch, Kept, Seen
from careline.domain.facts import Media
from careline.domain.ids import make_id
from careline.store.models import Attachment, Message, Sighting
from careline.store.renew import renew
from careline.store.scoped import scoped


def load(batch: Batch, kind: str, ids: Iterable[str]) -> dict[str, Message]:
    """Messages that the desk has already, by network id."""
    rows = scoped(Message, batch.workspace_id).filter(network=batch.network, kind=kind, network_id__in=list(ids))
    return {one.network_id or "": one for one in rows}


def new_message(batch: Batch, kind: str, network_id: str) -> Message:
    """An unsaved row for a message that the desk has not seen."""
    return Message(
        id=make_id(batch.now_ms),
        workspace_id=batch.workspace_id,
        network=batch.network,
        kind=kind,
        network_id=network_id,
        created_ms=0,
    )


def gather(
    batch: Batch, kind: str, seen: Mapping[str, Sequence[Seen]], known: Mapping[str, Message]
) -> tuple[dict[str, Message], list[Message]]:
    """A row for everything seen, in the order of `seen`, and those among them that are new."""
    fresh = {key: new_message(batch, kind, key) for key in seen if key not in known}
    return {key: fresh.get(key) or known[key] for key in seen}, list(fresh.values())


def save(fresh: Sequence[Message], changed: Sequence[Message], fields: Sequence[str]) -> None:
    """Write new and changed rows in as few statements as there can be."""
    Message.objects.bulk_create(fresh)
    renew(Message, changed, fields)


def sight(batch: Batch, kept: Kept, messages: Mapping[str, Message], seen: Mapping[str, Sequence[Seen]]) -> None:
    """Remember which event, and which account, saw each message."""
    rows = [
        Sighting(
            id=make_id(batch.now_ms),
            workspace_id=batch.workspace_id,
            message=messages[key],
            account=one.account,
            seq=one.seq,
        )
        for key, many in seen.items()
        for one in many
    ]
    Sighting.objects.bulk_create(rows, ignore_conflicts=True)
    kept.messages.update({one.id: one for one in messages.values()})


def attach(batch: Batch, media: Mapping[int, tuple[Message, Sequence[Media]]]) -> None:
    """Want a copy of every picture; the same picture of the same message once."""
    rows = [
        Attachment(
            id=make_id(batch.now_ms),
            workspace_id=batch.workspace_id,
            message=message,
            key=one.key[:80],
            position=position,
            kind=one.kind[:20],
            url=one.url[:500],
            alt=one.alt[:1000],
            poster=one.poster[:500],
            duration_ms=one.duration_ms,
        )
        for message, many in media.values()
        if message.deleted_ms is None
        for position, one in enumerate(many)
    ]
    Attachment.objects.bulk_create(rows, ignore_conflicts=True)
