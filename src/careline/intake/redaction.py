"""What people delete at the network goes from the raw log too, after the desk has forgotten it (law 1).

The desk commits first: a crash in between leaves sightings marked as not yet redacted, and `sweep` finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from careline.actions.receive import mark_redacted, stale_events
from careline.channels.base import Channel
from careline.ports.event_log import EventLog
from careline.store.models import Sighting, Workspace
from careline.store.scoped import scoped


def redact(log: EventLog, channels: Mapping[str, Channel], workspace_id: int, owed: Iterable[tuple[int, str]]) -> None:
    """Replace the payloads of these events, then tell the desk. Raises LogUnavailable; call it again."""
    reasons = dict(owed)
    for event in log.get(list(reasons)):
        # The wall (law 7) holds here too: another workspace's deletion cannot reach into this one's events.
        if event.workspace_id == workspace_id and not event.redacted and event.network in channels:
            reason = reasons[event.seq]
            log.redact(event.seq, channels[event.network].redact(event.payload, reason), reason)
    mark_redacted(workspace_id, list(reasons))


def sweep(log: EventLog, channels: Mapping[str, Channel]) -> None:
    """Redact what an earlier run still owed, in every workspace. Raises LogUnavailable."""
    for workspace_id in Workspace.objects.values_list("id", flat=True):
        deleted = scoped(Sighting, workspace_id).filter(redacted=False, message__deleted_ms__isnull=False)
        messages = set(deleted.values_list("message_id", flat=True))
        redact(log, channels, workspace_id, stale_events(workspace_id, messages))
