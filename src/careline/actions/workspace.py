"""What a company sets for its workspace, as a decision in the log: who changed what, and what was decided under it.

The log is replayed under the settings of each moment, so that a desk derived anew has the deadlines it had (law 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from careline.actions.context import Actor, Desk
from careline.actions.decisions import writing
from careline.actions.errors import Invalid
from careline.actions.verbs import check
from careline.domain.settings import LONGEST_UNDO_S, SIGNATURES, change_stop_words, read_settings
from careline.store.models import Decision, Workspace
from careline.store.scoped import scoped

SETTINGS_CHANGED = "settings_changed"

#: A year: longer is a typing mistake, and an invitation that old is no invitation.
MOST_HOURS = 24 * 365
LONGEST_NAME = 120
MOST_STOP_WORDS = 200
LONGEST_STOP_WORD = 60


def change_settings(
    desk: Desk,
    actor: Actor,
    *,
    name: str,
    signature: bool | str,
    undo_send_s: int,
    reopen_hours: int,
    handoff_hours: int,
    stop_words: Iterable[str],
) -> Decision | None:
    """Set all of them; None when nothing is different. Raises Denied, or Invalid whose code names the field."""
    check(actor, "change_settings")
    name, words = name.strip(), [word.strip() for word in stop_words if word.strip()]
    _judge(name, reopen_hours, handoff_hours, words)
    if signature not in SIGNATURES:
        raise Invalid("There is no such signature.", "signature")
    if not 0 <= undo_send_s <= LONGEST_UNDO_S:
        raise Invalid(f"Give whole seconds from 0 to {LONGEST_UNDO_S}.", "undo_send_s")
    with writing(desk, actor) as journal:
        workspace = Workspace.objects.select_for_update().get(id=actor.workspace_id)
        was = {"name": workspace.name, "settings": workspace.settings}
        own = read_settings(workspace.settings).own_stop_words
        settings: dict[str, Any] = workspace.settings | {
            "signature": signature,
            "undo_send_s": undo_send_s,
            "reopen_hours": reopen_hours,
            "handoff_hours": handoff_hours,
            "stop_words": change_stop_words(own, words, journal.now_ms),
        }
        if name == workspace.name and read_settings(settings) == read_settings(workspace.settings):
            return None
        workspace.name, workspace.settings = name, settings
        workspace.save(update_fields=["name", "settings"])
        return journal.decide(SETTINGS_CHANGED, was=was, now={"name": name, "settings": settings})


def rewind_settings(workspace_id: int) -> dict[str, Any]:
    """Inside the caller's transaction: the settings as the log found them. Gives those of now, to put back."""
    now: dict[str, Any] = Workspace.objects.get(id=workspace_id).settings
    first = scoped(Decision, workspace_id).filter(verb=SETTINGS_CHANGED).order_by("seq").first()
    if first is not None:
        Workspace.objects.filter(id=workspace_id).update(settings=first.data["was"]["settings"])
    return now


def _judge(name: str, reopen_hours: int, handoff_hours: int, words: list[str]) -> None:
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"A workspace needs a name of at most {LONGEST_NAME} characters.", "name")
    for field, hours in (("reopen_hours", reopen_hours), ("handoff_hours", handoff_hours)):
        if not 1 <= hours <= MOST_HOURS:
            raise Invalid(f"Give whole hours between 1 and {MOST_HOURS:,}.", field)
    if len(words) > MOST_STOP_WORDS or any(len(word) > LONGEST_STOP_WORD for word in words):
        raise Invalid(f"At most {MOST_STOP_WORDS} words of {LONGEST_STOP_WORD} characters.", "stop_words")
