"""Posts that hang together: who it is that a chain of our own posts talks to, and who waited for a post to arrive.

Our second post in a row answers our first, not the customer; it is about whomever the first answered. Parents may come
after their children, so what is learnt is handed down to posts that are here already (law 1).
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from careline.actions.keep.batch import Batch, Kept
from careline.domain.facts import PostSeen
from careline.domain.words import Direction, Kind
from careline.store.models import Message, MessageVersion
from careline.store.scoped import scoped


def inherit(batch: Batch, rows: Mapping[str, Message]) -> None:
    """Give posts of ours that answer ourselves the person of the post they answer; `rows` are saved by the caller."""
    orphans = [row for row in rows.values() if _is_orphan(row)]
    if not orphans:
        return
    parents = {**_in_the_desk(batch, {row.reply_to_id for row in orphans}), **_by_any_name(batch, rows)}
    for row in sorted(orphans, key=lambda one: (one.created_ms, len(one.network_id or ""), one.network_id or "")):
        parent = parents.get(row.reply_to_id)
        row.identity_id = parent.identity_id if parent is not None else None


def wake_relatives(batch: Batch, kept: Kept, rows: Mapping[str, Message]) -> None:
    """Posts that came before the post they answer or quote are placed again, now that it is here."""
    news = _by_any_name(batch, rows)
    while news:
        heirs = {}
        for answer in _floating(batch).filter(reply_to_id__in=news).exclude(reply_to_id=""):
            if _is_orphan(answer) and (identity_id := news[answer.reply_to_id].identity_id) is not None:
                answer.identity_id = identity_id
                answer.save(update_fields=["identity"])
                heirs[answer.network_id or ""] = answer
            kept.messages.setdefault(answer.id, answer)
        news = heirs
    ours = [row.network_id for row in rows.values() if row.direction == Direction.OUT]
    if ours:
        for quote in _floating(batch).filter(quoted_id__in=ours).exclude(quoted_id=""):
            kept.messages.setdefault(quote.id, quote)


def _is_orphan(row: Message) -> bool:
    return row.direction == Direction.OUT and row.identity_id is None and bool(row.reply_to_id)


def _floating(batch: Batch) -> QuerySet[Message]:
    return scoped(Message, batch.workspace_id).filter(network=batch.network, settled=False)


def _by_any_name(batch: Batch, rows: Mapping[str, Message]) -> dict[str, Message]:
    """Rows by the id of every version that the batch shows of them."""
    named = dict(rows)
    for first_id, many in batch.posts.items():
        for one in many:
            if isinstance(one.fact, PostSeen):
                named |= dict.fromkeys((one.fact.id, *one.fact.versions), rows[first_id])
    return named


def _in_the_desk(batch: Batch, names: set[str]) -> dict[str, Message]:
    """Posts that the desk has, by these ids of theirs or of their versions."""
    versions = scoped(MessageVersion, batch.workspace_id).filter(network=batch.network, network_id__in=names)
    first = dict(versions.values_list("network_id", "first_id"))
    wanted = {name: first.get(name, name) for name in names}
    posts = scoped(Message, batch.workspace_id).filter(network=batch.network, kind=Kind.POST)
    found = {one.network_id: one for one in posts.filter(network_id__in=wanted.values())}
    return {name: found[first_id] for name, first_id in wanted.items() if first_id in found}
