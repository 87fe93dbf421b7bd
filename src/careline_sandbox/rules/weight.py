"""X's length of a text: 280 units, in which a letter of most scripts counts two (x-platform 5.2).

Latin letters and common punctuation count one, every link 23, an emoji two however many code points it is
made of. The text is normalised (NFC) first. The ranges are those of twitter-text's third configuration.
"""

from __future__ import annotations

import re
import unicodedata

from careline_sandbox.rules import links
from careline_sandbox.rules.text_data import FLAGS, JOINED, JOINED_WITH_TONE, WITH_SELECTOR, WITH_TONE

LIMIT = 280
LINK = 23
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_SCOTLAND_AND_SO_ON = "\U0001f3f4[\U000e0061-\U000e007a]{5}\U000e007f"
_DRESSED = f"[{WITH_TONE}][\U0001f3fb-\U0001f3ff]|[{WITH_SELECTOR}]\ufe0f"
_RUN = re.compile(f"(?:{_DRESSED}|.)(?:\u200d(?:{_DRESSED}|.))+", re.DOTALL)
_SINGLE = re.compile(f"{_SCOTLAND_AND_SO_ON}|{FLAGS}|[0-9#*]\ufe0f?\u20e3|{_DRESSED}|[\xa9\xae]")
_NO_SELECTOR = str.maketrans("", "", "\ufe0f\u200d")
_BARE = str.maketrans("", "", "\ufe0f\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_JOINED, _TONED = frozenset(JOINED.split()), frozenset(JOINED_WITH_TONE.split())

_MOST_PARTS = 6


def weigh(text: str) -> int:
    """The length of a text in X's units."""
    normal = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    total, at = 0, 0
    for start, end in links.find(normal):
        total += _weigh_plain(normal[at:start]) + LINK
        at = end
    return total + _weigh_plain(normal[at:])


def _weigh_plain(text: str) -> int:
    total, at = 0, 0
    for run in _RUN.finditer(text):
        total += _weigh_letters(text[at : run.start()]) + _weigh_run(run[0].split("\u200d"))
        at = run.end()
    return total + _weigh_letters(text[at:])


def _weigh_run(parts: list[str]) -> int:
    """Parts with joiners between them: from the front, as many at a time as make a known emoji."""
    total, at = 0, 0
    while at < len(parts):
        count, dress = _longest_known(parts[at : at + _MOST_PARTS])
        if not count:
            total += _weigh_letters(parts[at])
            at += 1
        else:
            last = parts[at + count - 1]
            total += 2 + _weigh_letters(last[dress:])
            at += count
        total += at < len(parts)  # the joiner
    return total


def _longest_known(parts: list[str]) -> tuple[int, int]:
    """How many of the parts make a known emoji, and how much of the last of them belongs to it; (0, 0) for none."""
    for count in range(len(parts), 1, -1):
        *front, last = parts[:count]
        for dress in range(len(last), 0, -1):
            if _is_known("".join([*front, last[:dress]])):
                return count, dress
    return 0, 0


def _is_known(joined: str) -> bool:
    return joined.translate(_NO_SELECTOR) in _JOINED or joined.translate(_BARE) in _TONED


def _weigh_letters(text: str) -> int:
    rest, emoji = _SINGLE.subn("", text)
    return 2 * emoji + len(rest) + len(_HEAVY.findall(rest))
