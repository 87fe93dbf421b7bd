"""What a delivery remembers of its attempts: when doubt began, and what the network has shown since (law 2).

Kept as JSON in `Delivery.evidence`, because only the outbox and a person who has to decide ever read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from careline.channels.base import Shown


@dataclass(frozen=True, slots=True)
class Trail:
    """Times in ms.

    `since_ms`: when the first attempt began whose outcome nobody knows; a look goes back to it, also before another
    attempt. `doubt_ms`: when the present doubt began; `answered`: the network did answer, with a server error;
    `covered`: whole looks since then that showed nothing of ours; `shown`: what the last look showed.
    `word`: a person has said "send again". `from_ms`: when a person last started it anew (`retry`).
    """

    since_ms: int | None = None
    doubt_ms: int = 0
    answered: bool = False
    covered: int = 0
    shown: tuple[Shown, ...] = ()
    word: bool = False
    from_ms: int | None = None

    def kept(self) -> Trail:
        """What still matters when the present doubt is over: an earlier attempt may yet show up at the network."""
        return Trail(since_ms=self.since_ms, from_ms=self.from_ms)

    @classmethod
    def of(cls, evidence: Mapping[str, Any]) -> Trail:
        """Read what `as_json` wrote; an empty mapping is a fresh trail."""
        return cls(**{**evidence, "shown": tuple(Shown(**one) for one in evidence.get("shown", ()))})

    def as_json(self) -> dict[str, Any]:
        """For the database; only what differs from a fresh trail."""
        fresh = Trail()
        return {
            name: [asdict(one) for one in value] if name == "shown" else value
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
            if value != getattr(fresh, name)
        }
