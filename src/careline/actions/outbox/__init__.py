"""The outbox: every write to a delivery, from the moment a message is queued to the moment it has ended (law 2).

queued -> leased -> sending -> sent | failed | unknown | queued again (throttled, backing off);
unknown -> looked up -> sent | queued again | needs_person. Networks have no idempotency key, so `begin` is written
before the first byte leaves, and what was begun is never sent again without the network's evidence or a person's word.
"""

from careline.actions.outbox.enqueue import BY_HAND, enqueue, leave_to_hand
from careline.actions.outbox.held import Lease
from careline.actions.outbox.lease import begin, lease
from careline.actions.outbox.looks import look_failed, looked
from careline.actions.outbox.people import cancel, is_taken, mark_sent, retry, send_again
from careline.actions.outbox.settle import settle

__all__ = [
    "BY_HAND",
    "Lease",
    "begin",
    "cancel",
    "enqueue",
    "is_taken",
    "lease",
    "leave_to_hand",
    "look_failed",
    "looked",
    "mark_sent",
    "retry",
    "send_again",
    "settle",
]
