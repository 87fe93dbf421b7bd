"""Can this post be answered through the network's API? Known before the first letter is typed.

X lets a self-serve app answer a post only if its author named the account in it or quoted one of its posts (changelog
of 2026-02-23; docs.x.com, manage posts). Whether a name that a reply merely carries counts, or an answer to our own
post, X does not say: what came of earlier tries is then what we go by (law 9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Can(StrEnum):
    """Whether the network takes the answer. UNKNOWN: nobody has tried such a one yet."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """What the verdict rests on. NAMED and QUOTED are X's rule; ANSWERED and CARRIED are what X leaves open."""

    EXEMPT = "exempt"
    NAMED = "named"
    QUOTED = "quoted"
    ANSWERED = "answered"
    CARRIED = "carried"
    STRANGER = "stranger"


#: What an account learns about by trying.
OPEN_QUESTIONS = (Why.ANSWERED, Why.CARRIED)


@dataclass(frozen=True, slots=True)
class Summons:
    """What ties a post to one of our accounts.

    `names`: it is named in the words themselves; `carries`: only among the names that a reply carries;
    `quotes`: a post of ours; `answers`: a post of ours.
    """

    names: bool = False
    carries: bool = False
    quotes: bool = False
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a post can be answered, and why."""

    can: Can
    why: Why


def reach(post: Summons, *, exempt: bool, learned: Mapping[str, bool]) -> Reach:
    """`exempt`: the app is not under the rule (X's enterprise plan); `learned`: what X did before, by `Why`."""
    if exempt:
        return Reach(Can.YES, Why.EXEMPT)
    if post.names:
        return Reach(Can.YES, Why.NAMED)
    if post.quotes:
        return Reach(Can.YES, Why.QUOTED)
    open_question = Why.ANSWERED if post.answers else Why.CARRIED if post.carries else None
    if open_question is None:
        return Reach(Can.NO, Why.STRANGER)
    before = learned.get(open_question)
    return Reach(Can.UNKNOWN if before is None else Can.YES if before else Can.NO, open_question)


def names(text: str, handle: str) -> bool:
    """Whether `text` names @handle, as X reads names: letters, digits and _ only, whatever the case."""
    if not handle:
        return False
    return re.search(rf"(?<![\w@])@{re.escape(handle)}(?!\w)", text, re.ASCII | re.IGNORECASE) is not None
