"""A message of ours, written but not yet at the network, and its place in the outbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from careline.actions.decisions import Journal
from careline.actions.outbox import enqueue, leave_to_hand
from careline.domain.ids import make_id
from careline.domain.settings import WorkspaceSettings, read_settings
from careline.domain.signature import initials, sign
from careline.domain.words import Audience, Direction, Kind
from careline.store.models import Account, Conversation, Identity, Message, User, Workspace
from careline.store.scoped import scoped


def already(workspace_id: int, uid: UUID) -> Message | None:
    """The message that this uid made before: a second click does nothing more. Ask with the customer locked."""
    return scoped(Message, workspace_id).filter(uid=uid).first()


def manners(workspace_id: int) -> WorkspaceSettings:
    """How this workspace wants to speak."""
    return read_settings(Workspace.objects.get(id=workspace_id).settings)


def signature(workspace: Workspace, kind: Kind, author: User | None) -> str:
    """The letters with which `author` signs this kind of message here, or ""."""
    if author is None or kind not in read_settings(workspace.settings).signed:
        return ""
    return author.initials or initials(author.name)


def signed(journal: Journal, kind: Kind, text: str) -> str:
    """`text` as it is stored, sent and looked up: with the signature, if the workspace wants one."""
    author = User.objects.filter(id=journal.by).first() if journal.by else None
    return sign(text, signature(Workspace.objects.get(id=journal.workspace_id), kind, author))


def write(
    journal: Journal,
    conversation: Conversation,
    *,
    kind: Kind,
    audience: Audience,
    text: str,
    uid: UUID,
    account: Account | None = None,
    identity: Identity | None = None,
    answers: Message | None = None,
    shape: dict[str, Any] | None = None,
) -> Message:
    """Make the row; settled from the start, because a person put it there."""
    return Message.objects.create(
        id=make_id(journal.now_ms),
        workspace_id=journal.workspace_id,
        network=account.network if account else "desk",
        kind=kind,
        uid=uid,
        audience=audience,
        direction=Direction.OUT,
        thread_id=answers.thread_id if answers and kind is Kind.POST else None,
        conversation=conversation,
        identity=identity,
        account=account,
        author_network_id=account.network_id if account else "",
        written_by=User.objects.get(id=journal.by) if journal.by else None,
        text=text,
        # Never before what it answers, whatever the network's clock says against ours.
        created_ms=max(journal.now_ms, conversation.last_ms + 1),
        reply_to_id=(answers.network_id or "") if answers and kind is Kind.POST else "",
        reply_to_user_id=answers.author_network_id if answers and kind is Kind.POST else "",
        shape=shape or {},
        settled=True,
    )


def send(journal: Journal, message: Message, account: Account, identity: Identity, *, by_hand: bool = False) -> None:
    """Put it into the outbox, in the same transaction; it can be taken back for as long as the workspace wants.

    `by_hand`: its author posts it in the network's own app.
    """
    if by_hand:
        leave_to_hand(journal, message, account, identity)
        return
    wait_ms = manners(journal.workspace_id).undo_send_ms
    enqueue(message=message, account=account, identity=identity, now_ms=journal.now_ms, wait_ms=wait_ms)
    journal.changed("message", message.conversation_id, message.id)
