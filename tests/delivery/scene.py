"""Customers who have written to us, and our answers to them, made by the verbs that the desk itself uses."""

from __future__ import annotations

from itertools import count
from uuid import UUID, uuid4

from careline.actions.context import Actor, Desk
from careline.actions.converse import reply
from careline.actions.receive import Received, receive
from careline.domain.facts import DmSeen, Parsed, PostSeen, Profile
from careline.domain.words import DeliveryState, Kind, Role
from careline.store.models import Account, Delivery, Message, Workspace
from careline.store.scoped import scoped
from support.rows import make_membership, make_user

_number = count(1)


def profile(network_id: str) -> Profile:
    """Somebody as X shows them."""
    return Profile(id=network_id, handle=f"user{network_id}", name=f"User {network_id}", as_of=1)


def hear(
    desk: Desk,
    account: Account,
    *,
    kind: Kind = Kind.DM,
    customer: str = "70001",
    text: str = "Help",
    network_id: str = "",
) -> Message:
    """`customer` (a network id) writes to `account`, in public or privately."""
    number = next(_number)
    network_id = network_id or str(500_000 + number)
    now_ms = desk.clock.now_ms()
    fact: DmSeen | PostSeen = DmSeen(network_id, customer, account.network_id, text, now_ms)
    if kind == Kind.POST:
        fact = PostSeen(network_id, customer, text, now_ms, network_id, mentions=(account.network_id,))
    parsed = Parsed(account_id=account.network_id, facts=(fact,), profiles=(profile(customer),))
    receive(desk, account.workspace_id, [Received(seq=number, parsed=parsed)])
    return scoped(Message, account.workspace_id).get(network_id=network_id, kind=kind)


def answer(desk: Desk, actor: Actor, message: Message, text: str = "We are on it.", uid: UUID | None = None) -> Message:
    """We answer it, where it was written."""
    message.refresh_from_db()
    assert message.conversation_id is not None
    return reply(
        desk,
        actor,
        conversation_id=message.conversation_id,
        answers_id=message.pk,
        text=text,
        uid=uid or uuid4(),
        confirmed=True,
    )


def delivery_of(message: Message) -> Delivery:
    """The way of `message`, as it stands."""
    return scoped(Delivery, message.workspace_id).select_related("message").get(message=message)


def state_of(message: Message) -> DeliveryState:
    """Where `message` stands."""
    return DeliveryState(delivery_of(message).state)


def actor_in(workspace: Workspace, role: Role) -> Actor:
    """Somebody who works there."""
    user = make_user()
    make_membership(workspace, user, role)
    return Actor(workspace_id=workspace.pk, user_id=user.pk, role=role)
