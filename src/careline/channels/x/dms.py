"""Direct Messages in both of X's shapes: v2 events from the lists, and the 2017 shape inside Activity events.

Both become the same `DmSeen`, because one message is seen by both roads (x-platform: 1.1, 4.4).
"""

from __future__ import annotations

from careline.channels.x import links, pictures
from careline.channels.x.reading import Json, event_ms, moment_ms, network_id, network_ids, obj, objects, pick, text
from careline.domain.facts import DmRead, DmSeen, Fact, Noticed

#: The event types of v2's DM lists.
EVENT_TYPES = frozenset({"MessageCreate", "ParticipantsJoin", "ParticipantsLeave"})


def read_dm_event(event: Json, includes: Json, account_id: str | None) -> Fact:
    """A v2 DM event. `account_id`: our account whose list it is, if known; it stands in for a missing other side.

    What is no message between two people (a group, somebody joining, an event without its sender) is `Noticed`.
    """
    kind = text(event.get("event_type"))
    if kind != "MessageCreate":
        return Noticed(f"dm.{kind[:40] or 'unnamed'}")
    dm_id, sender = network_id(event.get("id")), network_id(event.get("sender_id"))
    room = text(event.get("dm_conversation_id"))
    if room and "-" not in room:
        return Noticed("dm.group")
    recipient = _other_side(room, sender, account_id)
    if not dm_id or not sender or not recipient:
        return Noticed("dm.incomplete")
    entities = obj(event.get("entities"))
    shared = network_ids([item.get("id") for item in objects(pick(event, "referenced_tweets", "referenced_posts"))])
    return DmSeen(
        id=dm_id,
        sender_id=sender,
        recipient_id=recipient,
        text=links.shown(text(event.get("text")), entities),
        created_ms=moment_ms(event, dm_id),
        media=pictures.attached(event.get("attachments"), includes.get("media")),
        about_post_ids=tuple(dict.fromkeys((*shared, *links.linked_posts(entities)))),
    )


def _other_side(room: str, sender: str | None, account_id: str | None) -> str | None:
    """A room of two is named "{smaller id}-{larger id}"."""
    first, _, second = room.partition("-")
    if sender == first:
        return network_id(second)
    if sender == second:
        return network_id(first)
    return account_id if account_id != sender else None


def read_old_dm(event: Json) -> Fact:
    """A DM in the 2017 shape, which names both people and no conversation."""
    create = obj(event.get("message_create"))
    dm_id, sender = network_id(event.get("id")), network_id(create.get("sender_id"))
    recipient = network_id(obj(create.get("target")).get("recipient_id"))
    if not dm_id or not sender or not recipient:
        return Noticed("dm.incomplete")
    data = obj(create.get("message_data"))
    entities = obj(data.get("entities"))
    context = network_id(obj(event.get("initiated_via")).get("tweet_id"))
    return DmSeen(
        id=dm_id,
        sender_id=sender,
        recipient_id=recipient,
        text=links.shown(text(data.get("text")), entities),
        created_ms=moment_ms(event, dm_id),
        media=pictures.old_attachment(data.get("attachment")),
        about_post_ids=tuple(dict.fromkeys((*([context] if context else ()), *links.linked_posts(entities)))),
    )


def read_receipt(event: Json) -> Fact:
    """Somebody read what the other wrote (Account Activity's shape, which X also puts into `dm.read`)."""
    reader = network_id(event.get("sender_id"))
    writer = network_id(obj(event.get("target")).get("recipient_id"))
    at_ms = event_ms(event.get("created_timestamp"))
    if not reader or not writer or at_ms is None:
        return Noticed("dm.read.incomplete")
    return DmRead(reader_id=reader, writer_id=writer, created_ms=at_ms)
