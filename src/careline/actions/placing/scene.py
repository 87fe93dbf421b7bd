"""What placing needs of some customers: their conversations, floating messages, invitations and parents, at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from careline.actions.decisions import message_ref
from careline.domain.placing import Item, Offer, Standing
from careline.domain.words import Direction, Ending, HandoffState, Kind, State
from careline.store.models import (
    Account,
    Conversation,
    Customer,
    Handoff,
    Identity,
    Message,
    MessageVersion,
)
from careline.store.scoped import scoped


@dataclass(slots=True)
class Scene:
    """All that placing needs of some customers, loaded at once."""

    workspace_id: int
    ours: dict[str, set[str]]
    conversations: dict[int, list[Conversation]] = field(default_factory=lambda: defaultdict(list))
    floating: dict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))
    held: dict[int, list[tuple[str, int | None, int | None]]] = field(default_factory=lambda: defaultdict(list))
    offers: dict[int, list[Handoff]] = field(default_factory=lambda: defaultdict(list))
    parents: dict[str, tuple[str, bool, int | None]] = field(default_factory=dict)
    names: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


def lock_customers(workspace_id: int, customer_ids: Collection[int]) -> None:
    """Let nobody else place or decide for these customers until the commit (PostgreSQL; SQLite has one writer)."""
    query = scoped(Customer, workspace_id).select_for_update().filter(id__in=customer_ids).order_by("id")
    list(query.values_list("id", flat=True))


def load_scene(workspace_id: int, customer_ids: Collection[int]) -> Scene:
    """Load it in a handful of queries, however many customers there are."""
    ours: dict[str, set[str]] = defaultdict(set)
    for network, network_id in scoped(Account, workspace_id).values_list("network", "network_id"):
        ours[network].add(network_id)
    scene = Scene(workspace_id, ours)
    owner: dict[int, int] = {}
    # Sorted here: asked for in this order, SQLite walks all identities of the workspace along the unique index.
    identities = scoped(Identity, workspace_id).filter(customer_id__in=customer_ids)
    for identity in sorted(identities, key=lambda one: (one.network, one.network_id)):
        owner[identity.id] = identity.customer_id
        scene.names[identity.customer_id].append(f"{identity.network}:{identity.network_id}")
    theirs = scoped(Conversation, workspace_id).filter(customer_id__in=customer_ids)
    for one in theirs.exclude(ending=Ending.WITHDRAWN).order_by("id"):
        scene.conversations[one.customer_id].append(one)
    for message in scoped(Message, workspace_id).filter(identity_id__in=owner, settled=False, network_id__isnull=False):
        scene.floating[owner[message.identity_id or 0]].append(message)
    for handoff in _live_offers(workspace_id, owner):
        scene.offers[owner[handoff.identity_id]].append(handoff)
    _load_held(scene)
    _load_parents(scene)
    return scene


def _live_offers(workspace_id: int, identity_ids: Iterable[int]) -> list[Handoff]:
    """Open invitations, and those answered by a message that may still be placed anew."""
    live = Q(state=HandoffState.OFFERED) | Q(state=HandoffState.ARRIVED, arrived_with__settled=False)
    return list(scoped(Handoff, workspace_id).filter(live, identity_id__in=list(identity_ids)).order_by("id"))


def _load_held(scene: Scene) -> None:
    """Which threads and accounts each conversation holds by its settled messages."""
    ids = [one.id for many in scene.conversations.values() for one in many if one.base_state]
    rows = (
        scoped(Message, scene.workspace_id)
        .filter(conversation_id__in=ids, settled=True)
        .order_by()
        .values_list("conversation_id", "kind", "thread_id", "account_id")
        .distinct()
    )
    for conversation_id, kind, thread_id, account_id in rows:
        scene.held[conversation_id or 0].append((kind, thread_id, account_id))


def _load_parents(scene: Scene) -> None:
    """The posts that floating ones answer or quote: their first id, whether they are ours, and their settled home."""
    floating = [one for many in scene.floating.values() for one in many]
    wanted = {one.reply_to_id for one in floating} | {one.quoted_id for one in floating}
    wanted.discard("")
    if not wanted:
        return
    versions = scoped(MessageVersion, scene.workspace_id).filter(network_id__in=wanted)
    first = dict(versions.values_list("network_id", "first_id"))
    rows = scoped(Message, scene.workspace_id).filter(
        kind=Kind.POST, network_id__in={first.get(one, one) for one in wanted}
    )
    found = {one.network_id: one for one in rows}
    for one in wanted:
        post = found.get(first.get(one, one))
        if post is not None:
            home = post.conversation_id if post.settled else None
            ref = message_ref(post.network, post.kind, post.network_id or "")
            scene.parents[one] = (ref, post.direction == Direction.OUT, home)
            scene.parents[ref] = scene.parents[one]


def standing(scene: Scene, one: Conversation) -> Standing:
    """A conversation as a person left it, in the words of `domain.placing`."""
    held = scene.held[one.id]
    return Standing(
        id=one.id,
        state=State(one.base_state or State.OPEN),
        ending=Ending(one.base_ending),
        resolved_ms=one.base_resolved_ms,
        split=one.split,
        threads=frozenset(str(thread) for _, thread, _ in held if thread),
        accounts=frozenset(str(account) for kind, _, account in held if kind == Kind.DM and account),
    )


def item(scene: Scene, message: Message) -> Item:
    """A floating message, in the words of `domain.placing`."""
    ref, _, _ = scene.parents.get(message.reply_to_id, (None, False, None))
    network_id = message.network_id or "0"
    return Item(
        ref=message_ref(message.network, message.kind, network_id),
        order=(message.created_ms, int(network_id) if network_id.isdigit() else 0),
        kind=Kind(message.kind),
        inbound=message.direction == Direction.IN,
        asks=_asks(scene, message),
        thread=str(message.thread_id) if message.thread_id else None,
        account=str(message.account_id) if message.kind == Kind.DM else None,
        parent=ref,
    )


def _asks(scene: Scene, message: Message) -> bool:
    """Whether a post mentions us, or answers or quotes a post of ours (law 4)."""
    ours = scene.ours[message.network]
    named = {*message.mentions, message.reply_to_user_id, message.quoted_user_id}
    related = (scene.parents.get(one) for one in (message.reply_to_id, message.quoted_id))
    return bool(named & ours) or any(one is not None and one[1] for one in related)


def offer(one: Handoff) -> Offer:
    """An invitation, in the words of `domain.placing`."""
    return Offer(one.id, one.conversation_id, str(one.account_id), one.offered_ms or 0, one.expires_ms or 0)
