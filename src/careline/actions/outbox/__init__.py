"""The outbox: every write to a delivery, from the moment a message is queued to the moment it has ended (law 2).

queued -> leased -> sending -> sent | failed | unknown | queued again (throttled, backing off);
unknown -> looked up -> sent | queued again | needs_person. Networks have no idempotency key, so `begin` is written
before the first byte leaves, and what was begun is never sent again without the network's evidence or a person's word.
"""

from careline.actions.outbox.enqueue import enqueue

__all__ = ["enqueue"]
