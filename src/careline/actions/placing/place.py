"""From what the fold says to what the tables say, for all customers of a batch together.

Order matters: conversations are opened before messages move in, emptied before they are withdrawn, and withdrawn before
an older one is reopened, so that no moment of the transaction has two open conversations of one customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from careline.actions.decisions import Journal, message_ref
from careline.actions.placing.scene import Scene, item, load_scene, lock_customers, offer, standing
from careline.actions.settling import settle
from careline.actions.summary import summarise
from careline.domain.ids import make_id
from careline.domain.placing import NEW, Placement, place
from careline.domain.settings import read_settings
from careline.domain.words import Ending, HandoffState, State
from careline.store.models import Conversation, Draft, Handoff, Message, Workspace
from careline.store.renew import renew
from careline.store.scoped import scoped

#: A person's messages on which nobody has acted are placed anew with each one that comes. After so many, what is placed
#: stays, or a robot's ten thousandth message would cost ten thousand.
PATIENCE = 1_000


@dataclass(slots=True)
class Plan:
    """What becomes of one customer. `provisional`: the conversation that stands for NEW, if there is or was one."""

    customer_id: int
    placement: Placement
    provisional: Conversation | None

    @property
    def opens(self) -> bool:
        """Whether the fold has a new conversation."""
        return self.placement.opened_by is not None

    def home(self, ref: str) -> int | None:
        """The conversation of a message."""
        found = self.placement.homes.get(ref)
        return self.provisional.id if found == NEW and self.provisional else found


def place_customers(journal: Journal, customer_ids: Collection[int]) -> None:
    """Place all floating messages of these customers anew, inside the caller's transaction."""
    if not customer_ids:
        return
    lock_customers(journal.workspace_id, customer_ids)
    scene = load_scene(journal.workspace_id, customer_ids)
    plans = _plans(scene, sorted(customer_ids))
    _open(journal, scene, plans)
    touched = _move(journal, scene, plans)
    touched -= _withdraw(journal, plans)
    touched |= _set_states(journal, scene, plans)
    _arrive(journal, scene, plans)
    summarise(journal, touched)
    _settle_long_ones(journal, scene, plans)


def _plans(scene: Scene, customer_ids: Sequence[int]) -> list[Plan]:
    reopen_ms = read_settings(Workspace.objects.get(id=scene.workspace_id).settings).reopen_ms
    settled = {ref: home for ref, (_, _, home) in scene.parents.items() if home is not None}
    plans = []
    for customer_id in customer_ids:
        placement = place(
            [standing(scene, one) for one in scene.conversations[customer_id] if one.base_state],
            [item(scene, one) for one in scene.floating[customer_id]],
            [offer(one) for one in scene.offers[customer_id]],
            settled=settled,
            reopen_ms=reopen_ms,
        )
        provisional = next((one for one in scene.conversations[customer_id] if one.base_state is None), None)
        plans.append(Plan(customer_id, placement, provisional))
    return plans


def _open(journal: Journal, scene: Scene, plans: Sequence[Plan]) -> None:
    """Open what is new; a provisional conversation goes on as itself, after whichever conversation it now follows."""
    fresh = []
    for plan in plans:
        prior = plan.placement.prior
        if plan.opens and plan.provisional is None:
            plan.provisional = _conversation(journal, plan.customer_id, prior)
            fresh.append(plan.provisional)
            names = scene.names[plan.customer_id]
            journal.decide("opened", plan.provisional.id, by=plan.placement.opened_by, prior=prior, customer=names)
        elif plan.opens and plan.provisional is not None and plan.provisional.prior_id != prior:
            plan.provisional.prior_id = prior
            plan.provisional.save(update_fields=["prior"])
            journal.decide("follows", plan.provisional.id, prior=prior)
    Conversation.objects.bulk_create(fresh)


def _conversation(journal: Journal, customer_id: int, prior_id: int | None) -> Conversation:
    return Conversation(
        id=make_id(journal.now_ms),
        workspace_id=journal.workspace_id,
        customer_id=customer_id,
        prior_id=prior_id,
        opened_ms=journal.now_ms,
        last_ms=journal.now_ms,
    )


def _move(journal: Journal, scene: Scene, plans: Sequence[Plan]) -> set[int]:
    """Bring messages to their homes and say so once per conversation; returns the conversations concerned."""
    moved: dict[int | None, list[str]] = defaultdict(list)
    touched: set[int] = set()
    rows: list[Message] = []
    for plan in plans:
        for message in scene.floating[plan.customer_id]:
            ref = message_ref(message.network, message.kind, message.network_id or "")
            home = plan.home(ref)
            touched |= {one for one in (home, message.conversation_id) if one is not None}
            if home != message.conversation_id:
                moved[home].append(ref)
                message.conversation_id = home
                rows.append(message)
    renew(Message, rows, ["conversation"])
    for message in rows:
        journal.changed("message", message.conversation_id, message.id)
    for home, refs in moved.items():
        journal.decide("joined" if home is not None else "left", home, refs=sorted(refs))
    return touched


def _withdraw(journal: Journal, plans: Sequence[Plan]) -> set[int]:
    """An older message showed where these belong, and nobody had acted on the provisional conversation."""
    gone = set()
    for plan in plans:
        if plan.provisional is None or plan.opens:
            continue
        heir = next(iter(plan.placement.homes.values()), None)
        _hand_over_drafts(plan.provisional, heir)
        journal.decide("withdrawn", plan.provisional.id, heir=heir)
        journal.changed("gone", plan.provisional.id)
        gone.add(plan.provisional.id)
        shut(plan.provisional)
    return gone


def shut(provisional: Conversation) -> None:
    """Nothing is left of it but its name, for whoever has its page open. Deleting the row would take longer than any
    other write: foreign keys have no index of their own (law 7), so each table that points here would be scanned."""
    provisional.state = provisional.base_state = State.RESOLVED
    provisional.ending = provisional.base_ending = Ending.WITHDRAWN
    provisional.prior_id = provisional.waiting_ms = None
    provisional.save()


def _hand_over_drafts(provisional: Conversation, heir: int | None) -> None:
    """What somebody has typed goes where the messages went, unless they were typing there too."""
    drafts = scoped(Draft, provisional.workspace_id)
    taken = set(drafts.filter(conversation_id=heir or 0).values_list("user_id", "mode"))
    for draft in drafts.filter(conversation=provisional):
        if heir is None or (draft.user_id, draft.mode) in taken:
            draft.delete()
        else:
            draft.conversation_id = heir
            draft.save(update_fields=["conversation"])


def _set_states(journal: Journal, scene: Scene, plans: Sequence[Plan]) -> set[int]:
    """Reopen or wake what the fold says, and put back what an earlier fold reopened for nothing."""
    changed: set[int] = set()
    for plan in plans:
        reopened, woken = plan.placement.reopened, plan.placement.woken
        standing_ones = [one for one in scene.conversations[plan.customer_id] if one.base_state]
        for one in sorted(standing_ones, key=lambda each: each.id in reopened):
            opens = one.id in reopened or one.id in woken
            state = State.OPEN if opens else State(one.base_state or State.OPEN)
            if one.state != state:
                _set_state(one, state, stands=not opens)
                changed.add(one.id)
                verb = "reopened" if one.id in reopened else "woke" if opens else "stood_back"
                journal.decide(verb, one.id, by=reopened.get(one.id) or woken.get(one.id))
    return changed


def _set_state(one: Conversation, state: State, *, stands: bool) -> None:
    """`stands`: as the last person left it."""
    one.state = state
    one.ending = one.base_ending if stands else Ending.NONE
    one.resolved_ms = one.base_resolved_ms if stands else None
    one.save(update_fields=["state", "ending", "resolved_ms"])


def _arrive(journal: Journal, scene: Scene, plans: Sequence[Plan]) -> None:
    """Invitations that a private message answers, or answers no longer."""
    for plan in plans:
        floating = scene.floating[plan.customer_id]
        by_ref = {message_ref(one.network, one.kind, one.network_id or ""): one for one in floating}
        for handoff in scene.offers[plan.customer_id]:
            ref = plan.placement.arrivals.get(handoff.id)
            message = by_ref[ref] if ref is not None else None
            if handoff.arrived_with_id != (message.id if message else None):
                _set_arrival(handoff, message)
                # An invitation is named by the message that carries it.
                journal.decide("arrived", handoff.conversation_id, by=ref, handoff=str(handoff.message.uid))
                journal.changed("conversation", handoff.conversation_id)


def _settle_long_ones(journal: Journal, scene: Scene, plans: Sequence[Plan]) -> None:
    """The desk's own decision, so that it is in the log like a person's."""
    long_ones = [plan.customer_id for plan in plans if len(plan.placement.homes) > PATIENCE]
    for customer_id in long_ones:
        settle(journal, customer_id)
    if long_ones:
        journal.decide("settled", customers=[scene.names[customer_id][0] for customer_id in long_ones])


def _set_arrival(handoff: Handoff, message: Message | None) -> None:
    handoff.state = HandoffState.ARRIVED if message else HandoffState.OFFERED
    handoff.arrived_with = message
    handoff.arrived_ms = message.created_ms if message else None
    handoff.save(update_fields=["state", "arrived_with", "arrived_ms"])
