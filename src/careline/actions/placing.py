"""Puts messages into conversations as `domain.placing` says, and records what was decided (laws 1 and 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from careline.actions.decisions import Journal, message_ref
from careline.actions.summary import summarise
from careline.domain.ids import make_id
from careline.domain.placing import NEW, Item, Offer, Placement, Standing, place
from careline.domain.settings import read_settings
from careline.domain.words import Direction, Ending, HandoffState, Kind, State
from careline.store.models import (
    Account,
    Conversation,
    Customer,
    Draft,
    Handoff,
    Identity,
    Message,
    MessageVersion,
    Workspace,
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


def lock_customers(workspace_id: int, customer_ids: Collection[int]) -> None:
    """Let nobody else place or decide for these customers until the commit (PostgreSQL; SQLite has one writer)."""
    query = scoped(Customer, workspace_id).select_for_update().filter(id__in=customer_ids).order_by("id")
    list(query.values_list("id", flat=True))


def place_customers(journal: Journal, customer_ids: Collection[int]) -> None:
    """Place all floating messages of these customers anew, inside the caller's transaction."""
    if not customer_ids:
        return
    lock_customers(journal.workspace_id, customer_ids)
    scene = _load(journal.workspace_id, customer_ids)
    reopen_ms = read_settings(Workspace.objects.get(id=journal.workspace_id).settings).reopen_ms
    touched: set[int] = set()
    for customer_id in sorted(customer_ids):
        standings = [_standing(scene, one) for one in scene.conversations[customer_id] if one.base_state]
        placement = place(
            standings,
            [_item(scene, one) for one in scene.floating[customer_id]],
            [_offer(one) for one in scene.offers[customer_id]],
            settled={ref: home for ref, (_, _, home) in scene.parents.items() if home is not None},
            reopen_ms=reopen_ms,
        )
        touched |= _apply(journal, scene, customer_id, placement)
    summarise(journal, touched)


def _load(workspace_id: int, customer_ids: Collection[int]) -> Scene:
    ours: dict[str, set[str]] = defaultdict(set)
    for network, network_id in scoped(Account, workspace_id).values_list("network", "network_id"):
        ours[network].add(network_id)
    scene = Scene(workspace_id, ours)
    owner = dict(scoped(Identity, workspace_id).filter(customer_id__in=customer_ids).values_list("id", "customer_id"))
    for one in scoped(Conversation, workspace_id).filter(customer_id__in=customer_ids).order_by("id"):
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


def _standing(scene: Scene, one: Conversation) -> Standing:
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


def _item(scene: Scene, message: Message) -> Item:
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


def _offer(one: Handoff) -> Offer:
    return Offer(one.id, one.conversation_id, str(one.account_id), one.offered_ms or 0, one.expires_ms or 0)


def _apply(journal: Journal, scene: Scene, customer_id: int, placement: Placement) -> set[int]:
    """Make the tables say what the placement says; returns the conversations that changed."""
    provisional = next((one for one in scene.conversations[customer_id] if one.base_state is None), None)
    uses_new = placement.opened_by is not None
    if uses_new and provisional is None:
        provisional = _open(journal, customer_id, placement)
    elif uses_new and provisional is not None and provisional.prior_id != placement.prior:
        provisional.prior_id = placement.prior
        provisional.save(update_fields=["prior"])
    homes = {ref: provisional.id if home == NEW and provisional else home for ref, home in placement.homes.items()}
    touched = _move(journal, scene.floating[customer_id], homes)
    if provisional is not None and not uses_new:
        _withdraw(journal, provisional, placement)
        touched.discard(provisional.id)
    standing = [one for one in scene.conversations[customer_id] if one.base_state]
    touched |= _set_states(journal, standing, placement)
    _arrive(journal, scene, customer_id, placement)
    return touched


def _open(journal: Journal, customer_id: int, placement: Placement) -> Conversation:
    one = Conversation.objects.create(
        id=make_id(journal.now_ms),
        workspace_id=journal.workspace_id,
        customer_id=customer_id,
        prior_id=placement.prior,
        opened_ms=journal.now_ms,
        last_ms=journal.now_ms,
    )
    journal.decide(
        "opened", one.id, by=placement.opened_by, prior=placement.prior, customer=_named(journal, customer_id)
    )
    return one


def _named(journal: Journal, customer_id: int) -> list[str]:
    """A customer's name in the decision log: the network identities, since internal ids do not outlive a rebuild."""
    rows = scoped(Identity, journal.workspace_id).filter(customer_id=customer_id).order_by("network", "network_id")
    return [f"{network}:{network_id}" for network, network_id in rows.values_list("network", "network_id")]


def _move(journal: Journal, floating: Iterable[Message], homes: dict[str, int]) -> set[int]:
    """Bring messages to their homes; says so once per conversation."""
    moved: dict[int | None, list[str]] = defaultdict(list)
    touched: set[int] = set()
    rows = []
    for message in floating:
        ref = message_ref(message.network, message.kind, message.network_id or "")
        home = homes.get(ref)
        if home is not None:
            touched.add(home)
        if home == message.conversation_id:
            continue
        touched |= {one for one in (home, message.conversation_id) if one is not None}
        moved[home].append(ref)
        message.conversation_id = home
        rows.append(message)
    Message.objects.bulk_update(rows, ["conversation"], batch_size=200)
    for message in rows:
        journal.changed("message", message.conversation_id, message.id)
    for home, refs in moved.items():
        journal.decide("joined" if home is not None else "left", home, refs=sorted(refs))
    return touched


def _withdraw(journal: Journal, provisional: Conversation, placement: Placement) -> None:
    """An older message showed where these belong; nobody had acted on the provisional conversation."""
    heir = next(iter(placement.homes.values()), None)
    drafts = scoped(Draft, journal.workspace_id).filter(conversation=provisional)
    if heir is not None:
        taken = scoped(Draft, journal.workspace_id).filter(conversation_id=heir).values_list("user_id", "mode")
        for draft in drafts:
            if (draft.user_id, draft.mode) not in set(taken):
                draft.conversation_id = heir
                draft.save(update_fields=["conversation"])
    drafts.delete()
    journal.decide("withdrawn", provisional.id, heir=heir)
    journal.changed("gone", provisional.id)
    provisional.delete()


def _set_states(journal: Journal, standing: Iterable[Conversation], placement: Placement) -> set[int]:
    """Reopen or wake what the placement says, and put back what an earlier placing reopened for nothing."""
    changed: set[int] = set()
    rows = sorted(standing, key=lambda one: one.id in placement.reopened)
    for one in rows:
        opens = one.id in placement.reopened or one.id in placement.woken
        state = State.OPEN if opens else State(one.base_state or State.OPEN)
        if one.state == state:
            continue
        one.state = state
        one.ending = Ending.NONE if opens else one.base_ending
        one.resolved_ms = None if opens else one.base_resolved_ms
        one.save(update_fields=["state", "ending", "resolved_ms"])
        changed.add(one.id)
        verb = "reopened" if one.id in placement.reopened else "woke" if opens else "stood_back"
        journal.decide(verb, one.id, by=placement.reopened.get(one.id) or placement.woken.get(one.id))
    return changed


def _arrive(journal: Journal, scene: Scene, customer_id: int, placement: Placement) -> None:
    by_ref = {message_ref(one.network, one.kind, one.network_id or ""): one for one in scene.floating[customer_id]}
    for handoff in scene.offers[customer_id]:
        ref = placement.arrivals.get(handoff.id)
        message = by_ref[ref] if ref is not None else None
        if handoff.arrived_with_id == (message.id if message else None):
            continue
        handoff.state = HandoffState.ARRIVED if message else HandoffState.OFFERED
        handoff.arrived_with = message
        handoff.arrived_ms = message.created_ms if message else None
        handoff.save(update_fields=["state", "arrived_with", "arrived_ms"])
        journal.decide("arrived", handoff.conversation_id, by=ref, handoff=_handoff_name(handoff))
        journal.changed("conversation", handoff.conversation_id)


def _handoff_name(handoff: Handoff) -> str:
    """An invitation is named by the message that carries it."""
    return str(handoff.message.uid)
