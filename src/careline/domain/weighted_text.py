"""How long X takes a text to be: not characters, but weight, so that the composer counts as X will.

Rules of X's "counting characters" page and of version 3 of the published twitter-text configuration: the text in
normal form C; most scripts of the West weigh 1 a character, everything else 2; a link weighs 23 whatever its length;
an emoji weighs 2 however many code points it is made of. `inbox/static/inbox/js/weight.js` counts the same in the
browser; tests hold the two against each other and against a port of X's own code that we did not write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from careline.domain.links import links
from careline.domain.text_data import FLAGS, JOINED, JOINED_WITH_TONE, WITH_SELECTOR, WITH_TONE

LIMIT = 280
URL_WEIGHT = 23
EMOJI_WEIGHT = 2
_HEAVY, _LIGHT = 2, 1
_HEAVY_LETTER = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")

_LEADING = re.compile(r"\s*[@\uff20]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])")

_TONE = "[\U0001f3fb-\U0001f3ff]"
_HAS_SELECTOR, _HAS_TONE = re.compile(f"[{WITH_SELECTOR}]"), re.compile(f"[{WITH_TONE}]")


def _part(letter: str, *, toned: bool) -> str:
    """An emoji inside a joined one, with the selector or the tone that it can take."""
    looks = ["\ufe0f"] * bool(_HAS_SELECTOR.match(letter)) + [_TONE] * (toned and bool(_HAS_TONE.match(letter)))
    return f"{letter}(?:{'|'.join(looks)})?" if looks else letter


def _joined(known: str, *, toned: bool) -> str:
    return "|".join("\u200d".join(_part(letter, toned=toned) for letter in one) for one in known.split())


#: Emoji of several code points, and the two of one that would weigh 1 as letters. Joined ones are known one by one:
#: joiners between others make them no shorter.
_EMOJI = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|"
    "\U000e0077\U000e006c\U000e0073)\U000e007f"
    f"|{FLAGS}|[0-9#*]\ufe0f?\u20e3"
    f"|{_joined(JOINED_WITH_TONE, toned=True)}|{_joined(JOINED, toned=False)}"
    f"|[{WITH_TONE}]{_TONE}|[{WITH_SELECTOR}]\ufe0f|[\xa9\xae]"
)


def weight(text: str) -> int:
    """The weight of `text`; X takes a post of up to 280."""
    text = normal(text)
    total, at = 0, 0
    for start, end in links(text):
        total += _plain(text[at:start]) + URL_WEIGHT
        at = end
    return total + _plain(text[at:])


def reply_weight(text: str, carried: Collection[str]) -> int:
    """The weight of an answer. `carried`: the handles that X puts in front of it by itself.

    Those are outside the count, and so are the same names where somebody has typed them once more in front.
    """
    return weight(without_leading(text, carried))


def without_leading(text: str, carried: Collection[str]) -> str:
    """The text behind the @names at its beginning that are among `carried`."""
    names, at = {name.casefold() for name in carried}, 0
    while (found := _LEADING.match(text, at)) and found[1].casefold() in names:
        at = found.end()
    return text[at:].lstrip() if at else text


def fits(text: str, limit: int = LIMIT) -> bool:
    """Whether X will take a post with this text."""
    return weight(text) <= limit


def normal(text: str) -> str:
    """The form in which X weighs and keeps a text: normal form C, line breaks as LF."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def _plain(text: str) -> int:
    """The weight of a stretch without links."""
    rest, emoji = _EMOJI.subn("", text)
    return emoji * EMOJI_WEIGHT + len(rest) * _LIGHT + len(_HEAVY_LETTER.findall(rest)) * (_HEAVY - _LIGHT)
