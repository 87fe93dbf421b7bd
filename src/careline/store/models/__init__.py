"""One file per aggregate: fields, constraints, indexes, nothing clever.

Times are milliseconds since 1970 UTC in fields that end in `_ms`: the networks count so, and a simulated clock can
too. Ids are made by `domain.ids`. Foreign keys carry no index of their own, because every index begins with the
workspace (law 7).
"""

from careline.store.models.accounts import Account, App, RateWindow
from careline.store.models.conversations import Conversation, Decision, Handoff
from careline.store.models.customers import Customer, Identity
from careline.store.models.log import Change, Counter, Cursor, Gap, SetAside, Sighting, Tombstone
from careline.store.models.messages import Attachment, Delivery, Draft, Message, MessageVersion, Thread
from careline.store.models.people import Membership, User, Workspace

__all__ = [
    "Account",
    "App",
    "Attachment",
    "Change",
    "Conversation",
    "Counter",
    "Cursor",
    "Customer",
    "Decision",
    "Delivery",
    "Draft",
    "Gap",
    "Handoff",
    "Identity",
    "Membership",
    "Message",
    "MessageVersion",
    "RateWindow",
    "SetAside",
    "Sighting",
    "Thread",
    "Tombstone",
    "User",
    "Workspace",
]
