"""What a workspace can set, with its defaults, read from the workspace's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from careline.domain.words import Kind

_HOUR = 3_600_000
#: Nobody should wait longer for an answer because its author might change their mind.
LONGEST_UNDO_S = 30

#: Whole messages that mean "stop", folded; X's developer guidelines ask for an opt-out that is honoured at once.
STOP_WORDS = (
    "stop", "stopp", "unsubscribe", "opt out", "optout", "abmelden", "aufhören", "arrêt", "arrêter",
    "basta", "parar", "pare", "sair", "avsluta", "sluta", "berhenti",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """`reopen_ms`: how long after a resolve a message reopens it; `handoff_ms`: how long an invitation stays good.

    `signed`: the kinds of message that end with the agent's signature; `undo_send_ms`: how long an answer waits in the
    outbox so that it can be taken back.
    """

    reopen_ms: int = 72 * _HOUR
    handoff_ms: int = 7 * 24 * _HOUR
    stop_words: tuple[str, ...] = STOP_WORDS
    signed: frozenset[Kind] = frozenset()
    undo_send_ms: int = 5_000


def read_settings(raw: Mapping[str, Any]) -> WorkspaceSettings:
    """Settings from JSON: `reopen_hours`, `handoff_hours`, `stop_words` (added to the defaults).

    `signature`: true for posts, "all" for Direct Messages as well; `undo_send_s`: 0 to 30.
    """
    own = tuple(str(word).casefold().strip() for word in raw.get("stop_words", ()))
    return WorkspaceSettings(
        reopen_ms=int(raw.get("reopen_hours", 72) * _HOUR),
        handoff_ms=int(raw.get("handoff_hours", 168) * _HOUR),
        stop_words=STOP_WORDS + own,
        signed=_SIGNED.get(raw.get("signature", False), frozenset()),
        undo_send_ms=min(max(int(raw.get("undo_send_s", 5)), 0), LONGEST_UNDO_S) * 1000,
    )


_SIGNED: dict[object, frozenset[Kind]] = {True: frozenset({Kind.POST}), "all": frozenset({Kind.POST, Kind.DM})}
