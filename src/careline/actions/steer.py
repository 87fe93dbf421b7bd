"""Steering a conversation: who has it, whether it is done, and taking that back."""

from __future__ import annotations

from typing import Any

from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, writing
from careline.actions.errors import Conflict, Invalid, NotFound
from careline.actions.verbs import check, finish, take
from careline.domain.words import Ending, State
from careline.store.models import Conversation, Decision, Membership, User
from careline.store.scoped import scoped

#: Decisions that `undo` can take back; each keeps in `was` how the conversation stood before.
UNDOABLE = ("assigned", "resolved", "marked_spam", "ignored", "opened_again")


def assign(desk: Desk, actor: Actor, *, conversation_id: int, user_id: int | None) -> Decision:
    """Give the conversation to a member of the workspace, or to nobody. Raises Denied, NotFound."""
    check(actor, "assign")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if user_id is not None and not scoped(Membership, actor.workspace_id).filter(user_id=user_id).exists():
            raise NotFound("This person is not in this workspace.")
        was = standing(conversation)
        conversation.assignee_id = user_id
        return _decided(journal, conversation, "assigned", was, to=_email(user_id))


def resolve(desk: Desk, actor: Actor, *, conversation_id: int) -> Decision:
    """Done. Raises Conflict when it is resolved already."""
    return _end(desk, actor, conversation_id, "resolve", "resolved", Ending.DONE)


def mark_spam(desk: Desk, actor: Actor, *, conversation_id: int) -> Decision:
    """Not a customer. What this person writes from now on stays out of the way, under Spam."""
    return _end(desk, actor, conversation_id, "spam", "marked_spam", Ending.SPAM)


def ignore(desk: Desk, actor: Actor, *, conversation_id: int) -> Decision:
    """Needs no answer. A new message of the customer opens it again."""
    return _end(desk, actor, conversation_id, "ignore", "ignored", Ending.IGNORED)


def reopen(desk: Desk, actor: Actor, *, conversation_id: int) -> Decision:
    """Not done after all. Raises Conflict when it is open, or the customer has another open conversation."""
    check(actor, "reopen")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if conversation.state != State.RESOLVED:
            raise Conflict("This conversation is open already.")
        was = standing(conversation)
        _unresolve(journal, conversation, State.OPEN)
        return _decided(journal, conversation, "opened_again", was)


def undo(desk: Desk, actor: Actor, *, decision_id: int) -> Decision:
    """Put a conversation back to how it stood before a decision, if nothing has changed it since."""
    check(actor, "undo")
    with writing(desk, actor) as journal:
        decision = scoped(Decision, actor.workspace_id).filter(id=decision_id, verb__in=UNDOABLE).first()
        if decision is None or decision.conversation_id is None:
            raise NotFound("There is nothing to undo.")
        conversation = take(journal, decision.conversation_id)
        if standing(conversation) != decision.data["now"]:
            raise Conflict("This conversation has changed since, so that cannot be undone any more.")
        was = standing(conversation)
        before = decision.data["was"]
        if before["state"] != State.RESOLVED and conversation.state == State.RESOLVED:
            _unresolve(journal, conversation, State(before["state"]))
        restore(conversation, before)
        return _decided(journal, conversation, "undone", was, what=decision.verb, seq=decision.seq)


def standing(conversation: Conversation) -> dict[str, Any]:
    """How a conversation stands, in names that outlive a rebuild."""
    return {
        "state": conversation.state,
        "ending": conversation.ending,
        "resolved_ms": conversation.resolved_ms,
        "assignee": _email(conversation.assignee_id),
    }


def restore(conversation: Conversation, stood: dict[str, Any]) -> None:
    """Make an unsaved conversation stand as `standing` once said."""
    conversation.state, conversation.ending = stood["state"], stood["ending"]
    conversation.resolved_ms = stood["resolved_ms"]
    conversation.assignee = User.objects.filter(email=stood["assignee"]).first() if stood["assignee"] else None


def _end(desk: Desk, actor: Actor, conversation_id: int, verb: str, decision: str, ending: Ending) -> Decision:
    check(actor, verb)
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if conversation.state == State.RESOLVED and conversation.ending == ending:
            raise Conflict("Somebody has done this already.")
        was = standing(conversation)
        conversation.state, conversation.ending = State.RESOLVED, ending
        conversation.resolved_ms = journal.now_ms
        return _decided(journal, conversation, decision, was)


def _unresolve(journal: Journal, conversation: Conversation, state: State) -> None:
    """Law 4: one unresolved, unsplit conversation a customer."""
    others = scoped(Conversation, journal.workspace_id).filter(customer_id=conversation.customer_id, split=False)
    if not conversation.split and others.exclude(id=conversation.id).exclude(state=State.RESOLVED).exists():
        raise Conflict("This customer has a newer open conversation. Go on there.", "newer_open")
    if state == State.RESOLVED:
        raise Invalid("A resolved conversation cannot be opened as resolved.")
    conversation.state, conversation.ending, conversation.resolved_ms = state, Ending.NONE, None


def _decided(journal: Journal, conversation: Conversation, verb: str, was: dict[str, Any], **data: Any) -> Decision:
    decision = journal.decide(verb, conversation.id, was=was, now=standing(conversation), **data)
    finish(journal, conversation)
    return decision


def _email(user_id: int | None) -> str | None:
    return User.objects.filter(id=user_id).values_list("email", flat=True).first() if user_id else None
