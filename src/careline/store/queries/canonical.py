"""The desk of one workspace in names that do not depend on when or in which order things arrived (law 1).

Two desks are equal when their dumps are. So there are no internal ids here, no times of receipt, no attempts at
delivery: messages are named by network id (or by our uid before they have one), conversations by their first message.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from careline.domain.words import DeliveryState
from careline.store.models import Attachment, Conversation, Delivery, Handoff, Identity, Message, Sighting
from careline.store.scoped import scoped

Dump = dict[str, Any]


def dump(workspace_id: int) -> Dump:
    """Everything that counts, as sorted JSON-ready values. Reads the whole workspace: for people and tests."""
    names = _message_names(workspace_id)
    conversations = _conversation_names(workspace_id, names)
    return {
        "identities": _identities(workspace_id),
        "messages": _messages(workspace_id, names, conversations),
        "conversations": _conversations(workspace_id, names, conversations),
    }


def _message_names(workspace_id: int) -> dict[int, str]:
    rows = scoped(Message, workspace_id).values_list("id", "network", "kind", "network_id", "uid")
    return {
        id_: f"{network}:{kind}:{network_id}" if network_id else f"uid:{uid}"
        for id_, network, kind, network_id, uid in rows
    }


def _order(name: str) -> tuple[str, int, str]:
    """Sort by kind, then by network id as a number."""
    kind, _, last = name.rpartition(":")
    return (kind, int(last) if last.isdigit() else 0, last)


def _conversation_names(workspace_id: int, names: dict[int, str]) -> dict[int, str]:
    """The first message by the network's time; what has no network id yet comes last."""
    first: dict[int, tuple[bool, int, tuple[str, int, str], str]] = {}
    rows = scoped(Message, workspace_id).filter(conversation__isnull=False)
    for id_, conversation_id, at_ms, network_id in rows.values_list(
        "id", "conversation_id", "created_ms", "network_id"
    ):
        rank = (network_id is None, 0 if network_id is None else at_ms, _order(names[id_]), names[id_])
        if conversation_id is not None and (conversation_id not in first or rank < first[conversation_id]):
            first[conversation_id] = rank
    return {id_: rank[-1] for id_, rank in first.items()}


def _identities(workspace_id: int) -> list[Dump]:
    rows = scoped(Identity, workspace_id).order_by("network", "network_id")
    return [
        {
            "network": one.network,
            "id": one.network_id,
            "handle": one.handle,
            "name": one.name,
            "avatar": one.avatar_url,
            "protected": one.protected,
            "stopped": one.stopped_ms,
            "wrote": dict(sorted(one.wrote_ms.items())),
            "read": dict(sorted(one.read_ms.items())),
        }
        for one in rows
    ]


def _messages(workspace_id: int, names: dict[int, str], conversations: dict[int, str]) -> list[Dump]:
    seen = _seen_by(workspace_id)
    pictures = _pictures(workspace_id)
    endings = dict(scoped(Delivery, workspace_id).filter(state__in=_ENDINGS).values_list("message_id", "state"))
    rows = scoped(Message, workspace_id).select_related("thread", "account", "identity", "written_by")
    dumped = [
        {
            "name": names[one.id],
            "uid": str(one.uid) if one.uid else None,
            "audience": one.audience,
            "direction": one.direction,
            "author": one.author_network_id,
            "identity": one.identity.network_id if one.identity else None,
            "account": one.account.network_id if one.account else None,
            "by": one.written_by.email if one.written_by else None,
            "seen_by": sorted(seen[one.id]),
            "text": one.text,
            "at": one.created_ms if one.version_id else None,
            "version": one.version_id,
            "reply_to": one.reply_to_id,
            "quotes": one.quoted_id,
            "mentions": one.mentions,
            "thread": one.thread.root_id if one.thread else None,
            "media": sorted(pictures[one.id]),
            "deleted": one.deleted_ms is not None,
            "delivery": endings.get(one.id),
            "conversation": conversations.get(one.conversation_id or 0),
        }
        for one in rows
    ]
    return sorted(dumped, key=lambda row: _order(str(row["name"])))


_ENDINGS = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


def _seen_by(workspace_id: int) -> dict[int, set[str]]:
    """The accounts of ours that saw each message."""
    seen: dict[int, set[str]] = defaultdict(set)
    rows = scoped(Sighting, workspace_id).filter(account__isnull=False)
    for message_id, account in rows.values_list("message_id", "account__network_id").distinct():
        seen[message_id].add(account)
    return seen


def _pictures(workspace_id: int) -> dict[int, list[str]]:
    pictures: dict[int, list[str]] = defaultdict(list)
    rows = scoped(Attachment, workspace_id).exclude(state="gone")
    for message_id, key in rows.values_list("message_id", "key"):
        pictures[message_id].append(key)
    return pictures


def _conversations(workspace_id: int, names: dict[int, str], conversations: dict[int, str]) -> list[Dump]:
    handoffs = _handoffs(workspace_id, names)
    rows = scoped(Conversation, workspace_id).select_related("assignee")
    people: dict[int, list[str]] = defaultdict(list)
    for customer_id, network, network_id in scoped(Identity, workspace_id).values_list(
        "customer_id", "network", "network_id"
    ):
        people[customer_id].append(f"{network}:{network_id}")
    dumped = [
        {
            "name": conversations[one.id],
            "customer": sorted(people[one.customer_id]),
            "state": one.state,
            "ending": one.ending,
            "split": one.split,
            "prior": conversations.get(one.prior_id or 0),
            "assignee": one.assignee.email if one.assignee else None,
            "handoffs": handoffs[one.id],
        }
        for one in rows
        if one.id in conversations
    ]
    return sorted(dumped, key=lambda row: _order(str(row["name"])))


def _handoffs(workspace_id: int, names: dict[int, str]) -> dict[int, list[Dump]]:
    found: dict[int, list[Dump]] = defaultdict(list)
    for one in scoped(Handoff, workspace_id).order_by("id"):
        arrived = names[one.arrived_with_id] if one.arrived_with_id else None
        found[one.conversation_id].append(
            {"message": names[one.message_id], "state": one.state, "arrived_with": arrived}
        )
    for many in found.values():
        many.sort(key=lambda row: str(row["message"]))
    return found
