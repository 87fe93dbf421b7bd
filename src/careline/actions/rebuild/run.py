"""Empties what can be derived in a workspace and derives it again, in one transaction.

Only the desk that is standing still may be rebuilt: stop web and worker first (`careline replay` checks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction

from careline.actions.decisions import Journal
from careline.actions.keep import Batch, Received, keep
from careline.actions.rebuild.fold import Fold
from careline.actions.rebuild.keepsakes import Keepsakes
from careline.actions.summary import summarise
from careline.actions.workspace import rewind_settings
from careline.channels.base import Channel
from careline.ports.event_log import EventLog, LoggedEvent
from careline.store.models import (
    Attachment,
    Conversation,
    Customer,
    Decision,
    Delivery,
    Draft,
    Handoff,
    Identity,
    Message,
    MessageVersion,
    Sighting,
    Thread,
    Tombstone,
    Workspace,
)
from careline.store.scoped import scoped

#: Children before parents, so that no reference is left hanging.
_DERIVED = (
    Attachment, Sighting, Draft, Handoff, Delivery, MessageVersion, Tombstone, Message, Conversation, Thread, Identity,
    Customer,
)  # fmt: skip

_BATCH = 200


def rebuild(
    workspace_id: int,
    *,
    log: EventLog,
    channels: Mapping[str, Channel],
    now_ms: int,
    progress: Callable[[int], None] = lambda _seq: None,
) -> None:
    """Derive the desk of this workspace anew. `progress` is told the seq of the log that has been read to.

    Pictures already copied, drafts and deliveries still on their way are kept. Raises what the database raises;
    then nothing has changed.
    """
    with transaction.atomic():
        keepsakes = Keepsakes.collect(workspace_id)
        scoped(Conversation, workspace_id).update(prior=None)
        for model in _DERIVED:
            scoped(model, workspace_id).delete()
        _facts(workspace_id, log, channels, now_ms, progress)
        settings_now = rewind_settings(workspace_id)
        fold = Fold(Journal(workspace_id, now_ms))
        for decision in scoped(Decision, workspace_id).order_by("seq").iterator():
            fold.take(decision)
        Workspace.objects.filter(id=workspace_id).update(settings=settings_now)
        keepsakes.give_back(now_ms)
        journal = Journal(workspace_id, now_ms)
        summarise(journal, list(scoped(Conversation, workspace_id).values_list("id", flat=True)))


def _facts(
    workspace_id: int,
    log: EventLog,
    channels: Mapping[str, Channel],
    now_ms: int,
    progress: Callable[[int], None],
) -> None:
    """Read the whole raw log; what `receive` would have decided is in the decision log, so nothing is placed here."""
    after = 0
    while events := log.read(after, _BATCH):
        after = events[-1].seq
        mine = [one for one in events if one.workspace_id == workspace_id]
        readable = [one for one in (_read(event, channels) for event in mine) if one is not None]
        for network in sorted({one.network for one in readable}):
            keep(Batch(Journal(workspace_id, now_ms), network, [one for one in readable if one.network == network]))
        progress(after)


def _read(event: LoggedEvent, channels: Mapping[str, Channel]) -> Received | None:
    """What cannot be read was set aside when it came, and still is."""
    try:
        parsed = channels[event.network].parse(event.payload)
    except ValueError:
        return None
    return Received(event.seq, parsed, event.source, event.network)
