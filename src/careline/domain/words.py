"""The closed lists of the desk: who may hear a message, which way it went, where a conversation stands.

They are strings, because the decision log, the database and the pages all say them aloud.
"""

from __future__ import annotations

from enum import StrEnum


class Audience(StrEnum):
    """Who can read a message. Never null, never guessed (law 3)."""

    PUBLIC = "public"
    PRIVATE = "private"
    INTERNAL = "internal"


class Direction(StrEnum):
    """From the customer to us, or from us outward."""

    IN = "in"
    OUT = "out"


class Kind(StrEnum):
    """What a message is at its network; a note is ours alone."""

    POST = "post"
    DM = "dm"
    NOTE = "note"


class State(StrEnum):
    """Where a conversation stands. Pending: it is the customer's turn."""

    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """Why a conversation is resolved. Spam stays shut when its author writes on.

    Withdrawn: it was provisional and gave way to an older one; it holds nothing and is shown nowhere.
    """

    NONE = ""
    DONE = "done"
    IGNORED = "ignored"
    SPAM = "spam"
    WITHDRAWN = "withdrawn"


class HandoffState(StrEnum):
    """An invitation from public to private. Planned: X has not taken the inviting post yet. Expired is only shown."""

    PLANNED = "planned"
    OFFERED = "offered"
    ARRIVED = "arrived"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class DeliveryState(StrEnum):
    """Where an outbound message is. Unknown: the network may have it, nobody has told us (law 2)."""

    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    UNKNOWN = "unknown"
    STUCK = "needs_person"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: Deliveries that will not move again by themselves.
ENDED = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED})


class Role(StrEnum):
    """What a membership lets a person do; see `domain.permissions`."""

    OBSERVER = "observer"
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"
