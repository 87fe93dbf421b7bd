"""What somebody has typed and not sent is kept, so that no reload, lost line or ended session costs a sentence.

A draft is nobody else's business: it writes no decision and tells no browser.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from careline.actions.context import Actor, Desk
from careline.actions.errors import Denied, Invalid, NotFound
from careline.domain.ids import make_id
from careline.domain.permissions import may
from careline.store.models import Conversation, Draft, Message
from careline.store.scoped import scoped

#: Which verb a draft of each mode would become; only who may use it may keep one.
MODES = {"public": "reply", "private": "direct", "note": "note", "invite": "invite"}
LONGEST = 20_000


def save_draft(desk: Desk, actor: Actor, *, conversation_id: int, mode: str, text: str, uid: UUID | None) -> None:
    """Keep `text` as this person's draft; blank text forgets it.

    `uid` names the message that the text would become: once that is sent, a save that comes late does nothing.
    Raises Denied, NotFound, Invalid.
    """
    user_id = _check(actor, mode, text)
    with transaction.atomic():
        if not scoped(Conversation, actor.workspace_id).filter(id=conversation_id).exists():
            raise NotFound("This conversation is not here.")
        if uid is not None and scoped(Message, actor.workspace_id).filter(uid=uid).exists():
            return
        if not text.strip():
            discard_draft(actor, conversation_id=conversation_id, mode=mode)
            return
        now_ms = desk.clock.now_ms()
        Draft.objects.update_or_create(
            workspace_id=actor.workspace_id,
            conversation_id=conversation_id,
            user_id=user_id,
            mode=mode,
            defaults={"text": text, "saved_ms": now_ms},
            create_defaults={"id": make_id(now_ms), "text": text, "saved_ms": now_ms},
        )


def discard_draft(actor: Actor, *, conversation_id: int, mode: str) -> None:
    """Forget it: it was sent, or emptied. To be called in the transaction of the verb that sends."""
    if actor.user_id is not None:
        mine = scoped(Draft, actor.workspace_id).filter(user_id=actor.user_id)
        mine.filter(conversation_id=conversation_id, mode=mode).delete()


def _check(actor: Actor, mode: str, text: str) -> int:
    if mode not in MODES:
        raise Invalid("There is no such kind of message.")
    if actor.user_id is None or not may(actor.role, MODES[mode]):
        raise Denied("Your role in this workspace lets you read, not do this.")
    if len(text) > LONGEST:
        raise Invalid(f"A draft holds up to {LONGEST:,} characters.", "too_long")
    return actor.user_id
