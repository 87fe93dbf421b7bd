"""Public posts, their versions and their threads.

A post is named by its first version. Its text is that of its latest version; where two events show the same version
differently (cut short, say) the longer text wins. What one event leaves out (whom it answers) another fills in.
"""

from __future__ import annotations

from collections.abc import Sequence

from careline.actions.keep.batch import Batch, Kept, Seen
from careline.actions.keep.echo import claim_echoes
from careline.actions.keep.people import People
from careline.actions.keep.relatives import inherit, wake_relatives
from careline.actions.keep.rows import attach, gather, load, save, sight
from careline.domain.facts import Media, PostSeen
from careline.domain.ids import make_id
from careline.domain.words import Audience, Direction, Kind
from careline.store.models import Message, MessageVersion, Thread
from careline.store.scoped import scoped

_FIELDS = (
    "network_id", "account", "thread", "identity", "author_network_id", "text", "created_ms", "version_id",
    "reply_to_id",
    "reply_to_user_id", "quoted_id", "quoted_user_id", "mentions", "shape", "direction",
)  # fmt: skip


def keep_posts(batch: Batch, people: People, kept: Kept) -> None:
    """Write the batch's posts."""
    if not batch.posts:
        return
    known = load(batch, Kind.POST, batch.posts)
    claim_echoes(batch, Kind.POST, known, kept)
    threads = _threads(batch)
    rows, fresh = gather(batch, Kind.POST, batch.posts, known)
    pictures: dict[int, tuple[Message, Sequence[Media]]] = {}
    for first_id, seen in batch.posts.items():
        row = rows[first_id]
        for one in sorted(seen, key=_version_order):
            if isinstance(one.fact, PostSeen):
                _merge(batch, row, one.fact, threads, people)
                if one.fact.media:
                    pictures[row.id] = (row, one.fact.media)
    inherit(batch, rows)
    save(fresh, list(known.values()), _FIELDS)
    kept.fresh |= {row.id for row in fresh}
    _keep_versions(batch)
    sight(batch, kept, rows, batch.posts)
    attach(batch, pictures)
    wake_relatives(batch, kept, rows)


def _version_order(seen: Seen) -> tuple[int, str]:
    return (len(seen.fact.id), seen.fact.id)


def _threads(batch: Batch) -> dict[str, Thread]:
    roots = {one.fact.root_id for many in batch.posts.values() for one in many if isinstance(one.fact, PostSeen)}
    query = scoped(Thread, batch.workspace_id).filter(network=batch.network, root_id__in=roots)
    known = {one.root_id: one for one in query}
    missing = [
        Thread(id=make_id(batch.now_ms), workspace_id=batch.workspace_id, network=batch.network, root_id=root)
        for root in sorted(roots - known.keys())
    ]
    if missing:
        Thread.objects.bulk_create(missing, ignore_conflicts=True)
        known = {one.root_id: one for one in query.all()}
    return known


def _merge(batch: Batch, row: Message, fact: PostSeen, threads: dict[str, Thread], people: People) -> None:
    """Fold one showing of a post into its row; the result does not depend on the order of showings."""
    account = batch.ours.get(fact.author_id)
    row.audience = Audience.PUBLIC
    row.author_network_id = fact.author_id
    row.direction = Direction.OUT if account else Direction.IN
    row.account = account
    row.created_ms = min(row.created_ms, fact.created_ms) if row.version_id else fact.created_ms
    row.thread = threads[fact.root_id]
    row.reply_to_id = max(row.reply_to_id, fact.reply_to_id or "")
    row.reply_to_user_id = max(row.reply_to_user_id, fact.reply_to_user_id or "")
    row.quoted_id = max(row.quoted_id, fact.quoted_id or "")
    row.quoted_user_id = max(row.quoted_user_id, fact.quoted_user_id or "")
    row.mentions = sorted({*row.mentions, *fact.mentions})
    row.identity = people.get(row.reply_to_user_id if account else fact.author_id) or row.identity
    _take_text(row, fact)


def _take_text(row: Message, fact: PostSeen) -> None:
    """The latest version's text; of two showings of one version the longer, then the greater."""
    if row.deleted_ms is not None:
        return
    have = (len(row.version_id), row.version_id, len(row.text), row.text)
    if (len(fact.id), fact.id, len(fact.text), fact.text) > have:
        # What was written here stays as it was written: the network adds links that its readers see as buttons.
        row.text, row.version_id = row.text if row.uid else fact.text, fact.id
    if fact.lang:
        row.shape = {**row.shape, "lang": max(row.shape.get("lang", ""), fact.lang)}
    if len(fact.versions) > 1:
        row.shape = {**row.shape, "edited": True}


def _keep_versions(batch: Batch) -> None:
    """Remember every id that an edited post has had, so that an answer to any of them finds it."""
    rows = {}
    for first_id, many in batch.posts.items():
        for one in many:
            if not isinstance(one.fact, PostSeen) or len(one.fact.versions) < 2:
                continue
            for version in one.fact.versions:
                rows[version] = MessageVersion(
                    id=make_id(batch.now_ms),
                    workspace_id=batch.workspace_id,
                    network=batch.network,
                    kind=Kind.POST,
                    network_id=version,
                    first_id=first_id,
                )
    MessageVersion.objects.bulk_create(rows.values(), ignore_conflicts=True)
