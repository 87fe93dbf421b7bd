"""Speaking: answer, write privately, invite to write privately, note.

Law 3: an answer goes where the message it answers came from; speaking in public where private messages are asks
first. Law 5: a private message needs a recorded reason.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from careline.actions.consent import check_dm
from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, message_ref, writing
from careline.actions.errors import Invalid, NeedsConfirmation, NotFound
from careline.actions.held_back import Seen, hold_back
from careline.actions.mentions import carries
from careline.actions.outbound import already, send, signed, write
from careline.actions.speaker import speaker
from careline.actions.verbs import answered, check, finish, said, take
from careline.domain.ids import make_id
from careline.domain.weighted_text import weight, without_leading
from careline.domain.words import Audience, HandoffState, Kind, State
from careline.store.models import Account, Conversation, Handoff, Identity, Message
from careline.store.scoped import scoped

#: X's limits (docs.x.com, counting characters; DMs: the documented figure of API v1.1).
POST_WEIGHT = 280
DM_CHARS = 10_000
NOTE_CHARS = 20_000
#: A DM link counts as one link and the space before it.
LINK_WEIGHT = 24


def reply(
    desk: Desk,
    actor: Actor,
    *,
    conversation_id: int,
    answers_id: int,
    text: str,
    uid: UUID,
    confirmed: bool = False,
    seen: Seen | None = None,
    leave_out: Collection[str] = (),
    by_hand: bool = False,
) -> Message:
    """Answer a message where it was written. Raises Denied, NotFound, Invalid, NeedsConfirmation, NotPermitted, Held.

    `leave_out`: whom of those that the network would notify beside the customer it shall not; `seen`: see `held_back`.
    `by_hand`: a public answer that its author posts in the network's own app, where the API refuses it.
    """
    check(actor, "reply")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if (before := already(actor.workspace_id, uid)) is not None:
            return before
        hold_back(journal, conversation, seen)
        message = answered(journal, conversation, answers_id)
        if message.audience == Audience.PRIVATE:
            return _dm(journal, conversation, _account(message), _identity(message), text, uid)
        _confirm_public(journal, conversation, confirmed=confirmed)
        return _post(journal, conversation, message, text, uid, leave_out, {}, by_hand=by_hand)


def direct(
    desk: Desk,
    actor: Actor,
    *,
    conversation_id: int,
    account_id: int,
    text: str,
    uid: UUID,
    seen: Seen | None = None,
) -> Message:
    """Write to the customer privately from one of our accounts. Raises as `reply` does."""
    check(actor, "direct")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if (before := already(actor.workspace_id, uid)) is not None:
            return before
        hold_back(journal, conversation, seen)
        account = scoped(Account, actor.workspace_id).filter(id=account_id).first()
        if account is None:
            raise NotFound("This account of ours is not connected to this workspace any more.")
        return _dm(journal, conversation, account, _addressee(conversation, account), text, uid)


def invite(
    desk: Desk,
    actor: Actor,
    *,
    conversation_id: int,
    answers_id: int,
    text: str,
    first_line: str,
    uid: UUID,
    confirmed: bool = False,
    seen: Seen | None = None,
    leave_out: Collection[str] = (),
    by_hand: bool = False,
) -> Message:
    """Answer in public with a link that opens a private message to us, prefilled with `first_line`.

    Nobody is messaged: the customer decides (law 5). The invitation counts as offered once X has the post.
    """
    check(actor, "invite")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if (before := already(actor.workspace_id, uid)) is not None:
            return before
        hold_back(journal, conversation, seen)
        message = answered(journal, conversation, answers_id)
        if message.audience != Audience.PUBLIC:
            raise Invalid("They are writing to you privately already: just answer.", "already_private")
        _confirm_public(journal, conversation, confirmed=confirmed)
        shape = {"invite": {"first_line": first_line.lstrip()[:500]}}
        return _post(journal, conversation, message, text, uid, leave_out, shape, by_hand=by_hand)


def note(desk: Desk, actor: Actor, *, conversation_id: int, text: str, uid: UUID) -> Message:
    """Write something that only the team sees."""
    check(actor, "note")
    with writing(desk, actor) as journal:
        conversation = take(journal, conversation_id)
        if (before := already(actor.workspace_id, uid)) is not None:
            return before
        text = said(text, NOTE_CHARS)
        message = write(journal, conversation, kind=Kind.NOTE, audience=Audience.INTERNAL, text=text, uid=uid)
        journal.decide("noted", conversation.id, uid=str(uid), text=text, at_ms=message.created_ms)
        journal.changed("message", conversation.id, message.id)
        finish(journal, conversation)
        return message


def plan_handoff(journal: Journal, post: Message) -> Handoff:
    """Record the invitation that `post` carries; an older unanswered one to the same person is withdrawn."""
    older = scoped(Handoff, journal.workspace_id).filter(identity=post.identity, account=post.account)
    older.filter(state__in=[HandoffState.OFFERED, HandoffState.PLANNED]).update(state=HandoffState.WITHDRAWN)
    return Handoff.objects.create(
        id=make_id(journal.now_ms),
        workspace_id=journal.workspace_id,
        conversation=post.conversation,
        account=post.account,
        identity=post.identity,
        message=post,
    )


def _post(
    journal: Journal,
    conversation: Conversation,
    answers: Message,
    text: str,
    uid: UUID,
    leave_out: Collection[str],
    shape: dict[str, Any],
    *,
    by_hand: bool,
) -> Message:
    account, identity = _account(answers), _identity(answers)
    carried = carries(answers, account)
    left_out = [one.network_id for one in carried.others if one.network_id in set(leave_out)]
    kept = [one.handle for one in carried.others if one.network_id not in left_out]
    text = _fitting(journal, text, [identity.handle, *kept], spare=LINK_WEIGHT if "invite" in shape else 0)
    shape = shape | ({"leave_out": left_out} if left_out else {})
    message = write(
        journal,
        conversation,
        kind=Kind.POST,
        audience=Audience.PUBLIC,
        text=text,
        uid=uid,
        account=account,
        identity=identity,
        answers=answers,
        shape=shape,
    )
    if "invite" in shape:
        plan_handoff(journal, message)
    _record(journal, conversation, message, account, identity, answers, by_hand=by_hand)
    return message


def _dm(
    journal: Journal, conversation: Conversation, account: Account, identity: Identity, text: str, uid: UUID
) -> Message:
    text = said(signed(journal, Kind.DM, said(text, DM_CHARS)), DM_CHARS)
    verdict = check_dm(identity, account)
    message = write(
        journal,
        conversation,
        kind=Kind.DM,
        audience=Audience.PRIVATE,
        text=text,
        uid=uid,
        account=account,
        identity=identity,
        shape={"reason": {"why": verdict.why, "at_ms": verdict.at_ms}},
    )
    _record(journal, conversation, message, account, identity, None)
    return message


def _record(
    journal: Journal,
    conversation: Conversation,
    message: Message,
    account: Account,
    identity: Identity,
    answers: Message | None,
    *,
    by_hand: bool = False,
) -> None:
    """The decision, the outbox row, and whose turn it is now."""
    journal.decide(
        "invited" if "invite" in message.shape else "replied",
        conversation.id,
        uid=str(message.uid),
        kind=message.kind,
        text=message.text,
        shape=message.shape,
        at_ms=message.created_ms,
        account=f"{account.network}:{account.network_id}",
        identity=f"{identity.network}:{identity.network_id}",
        answers=message_ref(answers.network, answers.kind, answers.network_id or "") if answers else None,
    )
    send(journal, message, account, identity, by_hand=by_hand)
    if conversation.state != State.RESOLVED:
        conversation.state = State.PENDING
    finish(journal, conversation)


def _fitting(journal: Journal, text: str, carried: Collection[str], *, spare: int) -> str:
    """The text of a post as it leaves, signed; with `spare` weight to go. Raises Invalid.

    The @names that the network puts in front of an answer are dropped where somebody typed them too: it would show
    the text without them, and a text that differs from the one we keep could not be found again (law 2).
    """
    text = said(without_leading(said(text, DM_CHARS), carried), DM_CHARS)
    text = signed(journal, Kind.POST, text)
    over = weight(text) + spare - POST_WEIGHT
    if over > 0:
        raise Invalid(f"A post has room for {POST_WEIGHT} characters; this is {over} too many.", "too_long")
    return text


def _confirm_public(journal: Journal, conversation: Conversation, *, confirmed: bool) -> None:
    private = scoped(Message, journal.workspace_id).filter(conversation=conversation, audience=Audience.PRIVATE)
    if not confirmed and private.exists():
        raise NeedsConfirmation("This conversation holds private messages. Everyone will be able to read this answer.")


def _identity(message: Message) -> Identity:
    return scoped(Identity, message.workspace_id).get(id=message.identity_id or 0)


def _account(message: Message) -> Account:
    account = speaker(message)
    if account is None:
        raise NotFound("No account of ours is connected to answer from. Ask an admin to connect one.")
    return account


def _addressee(conversation: Conversation, account: Account) -> Identity:
    """The customer's identity on that account's network; the one that spoke last in this conversation first."""
    last = (
        scoped(Message, conversation.workspace_id)
        .filter(conversation=conversation, network=account.network, identity__customer_id=conversation.customer_id)
        .order_by("-created_ms", "-id")
        .first()
    )
    if last is None:
        raise NotFound("This customer has no profile on that network.")
    return _identity(last)
