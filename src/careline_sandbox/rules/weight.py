"""X's length of a text: 280 units, in which a letter of most scripts counts two (x-platform 5.2).

Latin letters and common punctuation count one, every link 23, an emoji two however many code points it is
made of. The text is normalised (NFC) first. The ranges are those of twitter-text's third configuration.
"""

from __future__ import annotations

import re
import unicodedata

from careline_sandbox.rules import entities

LIMIT = 280
LINK = 23
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ONE = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE}(?:\u200d{_ONE})+|"
    f"[\u231a-\u23ff\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*|"
    f"{_PICTURE}\ufe0f"
)


def weigh(text: str) -> int:
    """The length of a text in X's units."""
    normal = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for start, end in entities.urls(normal):
        total += _weigh_plain(normal[at:start]) + LINK
        at = end
    return total + _weigh_plain(normal[at:])


def _weigh_plain(text: str) -> int:
    rest, emoji = _EMOJI.subn("", text)
    return 2 * emoji + len(rest) + len(_HEAVY.findall(rest))
