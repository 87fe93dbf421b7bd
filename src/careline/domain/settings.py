"""What a workspace can set, with its defaults, read from the workspace's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HOUR = 3_600_000

#: Whole messages that mean "stop", folded; X's developer guidelines ask for an opt-out that is honoured at once.
STOP_WORDS = (
    "stop", "stopp", "unsubscribe", "opt out", "optout", "abmelden", "aufhören", "arrêt", "arrêter",
    "basta", "parar", "pare", "sair", "avsluta", "sluta", "berhenti",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """`reopen_ms`: how long after a resolve a message reopens it; `handoff_ms`: how long an invitation stays good."""

    reopen_ms: int = 72 * _HOUR
    handoff_ms: int = 7 * 24 * _HOUR
    stop_words: tuple[str, ...] = STOP_WORDS


def read_settings(raw: Mapping[str, Any]) -> WorkspaceSettings:
    """Settings from JSON: `reopen_hours`, `handoff_hours`, `stop_words` (added to the defaults)."""
    own = tuple(str(word).casefold().strip() for word in raw.get("stop_words", ()))
    return WorkspaceSettings(
        reopen_ms=int(raw.get("reopen_hours", 72) * _HOUR),
        handoff_ms=int(raw.get("handoff_hours", 168) * _HOUR),
        stop_words=STOP_WORDS + own,
    )
