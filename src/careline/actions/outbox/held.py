"""What a worker holds while it is at work on a delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's right to one piece of work: one attempt to send, or (`look`) one look at what the network shows.

    `attempt`: how many attempts there were before; an answer belongs to the attempt that it was for.
    `since_ms`: when the first attempt with an unknown outcome began, or None: then there is nothing to look for.
    `word`: a person has said to send it again.
    """

    delivery_id: int
    workspace_id: int
    worker: str
    look: bool
    attempt: int
    since_ms: int | None
    word: bool
