"""What became of a picture that the desk wants a copy of. Its message may be deleted at any moment in between."""

from __future__ import annotations

from careline.actions.context import Actor, Desk
from careline.actions.decisions import Journal, writing
from careline.actions.errors import NotFound
from careline.actions.verbs import check
from careline.store.models import Attachment
from careline.store.scoped import scoped

_REASON_LENGTH = 200


def keep_picture(desk: Desk, workspace_id: int, attachment_id: int, *, blob: str, width: int, height: int) -> bool:
    """Our copy lies in `blob`. False: it is no longer wanted, so the bytes must not stay."""
    return _turn(desk, workspace_id, attachment_id, state="kept", reason="", blob=blob, width=width, height=height)


def give_up_picture(desk: Desk, workspace_id: int, attachment_id: int, *, reason: str) -> bool:
    """There will be no copy; `reason` is for people."""
    return _turn(desk, workspace_id, attachment_id, state="failed", reason=reason[:_REASON_LENGTH])


def put_picture_off(
    desk: Desk, workspace_id: int, attachment_id: int, *, tries: int, not_before_ms: int, reason: str
) -> None:
    """Not now: again after `not_before_ms`; `tries` so far. Nothing changes on a page."""
    row = scoped(Attachment, workspace_id).filter(id=attachment_id, state="wanted")
    with writing(desk, Actor(workspace_id)):
        row.update(tries=tries, not_before_ms=not_before_ms, reason=reason[:_REASON_LENGTH])


def fetch_picture_again(desk: Desk, actor: Actor, *, attachment_id: int) -> None:
    """Want a copy after all, now. Raises NotFound where there is nothing that failed."""
    check(actor, "retry")
    failed = scoped(Attachment, actor.workspace_id).filter(id=attachment_id, state="failed")
    with writing(desk, actor) as journal:
        if not failed.update(state="wanted", reason="", tries=0, not_before_ms=journal.now_ms):
            raise NotFound("This picture is no longer missing, or its message was deleted.")
        _announce(journal, attachment_id)


def forget_blob(desk: Desk, workspace_id: int, attachment_id: int) -> None:
    """A deleted message's picture has let go of its blob; call it once the bytes are gone or are another's."""
    with writing(desk, Actor(workspace_id)):
        scoped(Attachment, workspace_id).filter(id=attachment_id, state="gone").update(blob="")


def blob_in_use(workspace_id: int, blob: str) -> bool:
    """Whether a message of the workspace shows these bytes (the same picture may have been sent twice)."""
    return scoped(Attachment, workspace_id).filter(blob=blob, state="kept").exists()


def _turn(desk: Desk, workspace_id: int, attachment_id: int, **fields: object) -> bool:
    rows = scoped(Attachment, workspace_id).filter(id=attachment_id, state="wanted")
    with writing(desk, Actor(workspace_id)) as journal:
        if not rows.update(**fields):
            return False
        _announce(journal, attachment_id)
        return True


def _announce(journal: Journal, attachment_id: int) -> None:
    message = scoped(Attachment, journal.workspace_id).select_related("message").get(id=attachment_id).message
    journal.changed("message", message.conversation_id, message.id)
