"""How far X is with what was uploaded: pictures are done at once, what moves takes its time, by the sandbox's clock."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_PENDING_MS = 1_000


@dataclass(frozen=True, slots=True)
class Processing:
    """How far X is with an upload: a state, when to ask again, how much is done, what was wrong with it."""

    state: str
    check_after_s: int | None = None
    percent: int | None = None
    failure: str = ""


def processing(upload: sqlite3.Row, now_ms: int) -> Processing | None:
    """How far X is with an upload; None for one that needs no processing."""
    begun, ready = upload["finished_at_ms"], upload["ready_at_ms"]
    if ready <= begun:
        return None
    if now_ms >= ready:
        return (
            Processing("failed", failure=upload["failure"]) if upload["failure"] else Processing("succeeded", None, 100)
        )
    if now_ms < begun + _PENDING_MS:
        return Processing("pending", 1)
    left_s = -((now_ms - ready) // 1000)
    return Processing("in_progress", min(left_s, 5), int(100 * (now_ms - begun) / (ready - begun)))
