"""May we write to this person privately? (law 5)

X's developer guidelines: messages only after the person contacted us first, an easy way out, honoured at once.
The answer is a function of what they wrote and when they last said stop, whatever order it arrived in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` is a code: "wrote_first", "stopped" or "never_wrote"; `at_ms`: when that was, if it was."""

    allowed: bool
    why: str
    at_ms: int | None = None


def is_stop(text: str, stop_words: Collection[str]) -> bool:
    """Whether the whole message is a stop-word, give or take case, white space and punctuation."""
    return plain(text) in stop_words


def plain(text: str) -> str:
    """What is compared: without case, double spaces, and punctuation at the ends."""
    return " ".join(_EDGES.sub("", text.casefold()).split())


def may_dm(wrote_ms: int | None, stopped_ms: int | None) -> Verdict:
    """`wrote_ms`: their last private message to this account that was not "stop"; `stopped_ms`: their last "stop"."""
    if stopped_ms is not None and (wrote_ms is None or wrote_ms <= stopped_ms):
        return Verdict(allowed=False, why="stopped", at_ms=stopped_ms)
    if wrote_ms is None:
        return Verdict(allowed=False, why="never_wrote")
    return Verdict(allowed=True, why="wrote_first", at_ms=wrote_ms)
