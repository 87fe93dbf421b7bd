"""Facts become rows: messages, people, threads, deletions. A function of the set of facts, in any order (law 1)."""

from careline.actions.keep.batch import Batch, Kept, Received
from careline.actions.keep.keep import keep

__all__ = ["Batch", "Kept", "Received", "keep"]
