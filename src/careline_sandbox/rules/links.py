"""Which parts of a text X takes for links: addresses with http(s)://, and bare names under a known ending.

One pattern a rule, after X's published twitter-text (its extraction cases): what may stand before a link, host names of
any script with a known ending, a path that closes its brackets and does not end in punctuation, a query. A bare
name has to be written in Latin letters; behind other letters it is found all the same ("日本example.com").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from careline_sandbox.rules.text_data import ENDINGS

_BROKEN = "\ufffe\ufeff\uffff"
_NO_HOST = (
    r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$.\-_\s\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069" + _BROKEN
)
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    "\u0300-\u036f\u1e00-\u1eff"
)
_LETTERS = f"a-z0-9{_LATIN}\u0400-\u04ff"
_IN_PATH = rf"[{_LETTERS}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_BETWEEN = r"!*';:,.$%\[\]\u2013~@|&"
_BRACKETS = rf"\((?:{_IN_PATH}++|{_IN_PATH}*+\({_IN_PATH}++\){_IN_PATH}*+)\)"


def _any_of(words: Iterable[str], depth: int = 2) -> str:
    """A pattern for any of the words, the longest first, that asks for the first letters only once."""
    if not depth:
        return "|".join(sorted(words, key=len, reverse=True))
    groups = [(first, [word[1:] for word in group]) for first, group in groupby(sorted(words), lambda word: word[:1])]
    return "|".join(f"{first}(?:{_any_of(rest, depth - 1)})" if first else "" for first, rest in reversed(groups))


_ENDING = f"(?:(?:{_any_of(ENDINGS.split())})(?![0-9A-Za-z@+-])|xn--[-0-9a-z]++)"
# A label longer than this is none, and no name has so many: the bounds keep a page of letters or of dots from being
# read once a letter.
_REST = r"{0,99}(?<![-_])\."
_HOST = rf"(?:[^{_NO_HOST}](?:[^{_NO_HOST}]|[_-]){_REST}){{0,20}}[^{_NO_HOST}](?:[^{_NO_HOST}]|-){_REST}{_ENDING}"
_LINK = re.compile(
    rf"(?<![A-Za-z0-9@\uff20$#\uff03{_BROKEN}])(?P<scheme>https?://)?(?P<host>{_HOST})(?::[0-9]++)?"
    rf"(?P<path>/(?:[{_LETTERS}+=#/_-]++|{_BRACKETS}|(?>[{_BETWEEN}]++(?:[{_BETWEEN}]++|{_BRACKETS})*+)[{_LETTERS}+=#/_-])*)?"
    r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?:[a-z0-9{_LATIN}-]+\.)+{_ENDING}", re.IGNORECASE)
_SHORT = re.compile(
    r"https?://t\.co/([a-z0-9]++)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?", re.IGNORECASE
)


def find(text: str) -> list[tuple[int, int]]:
    """Start and end of every link, in code points; the text in normal form C."""
    spans: list[tuple[int, int]] = []
    # X's rule takes the sign before a link along, so at the very beginning it tries behind the first one first.
    found = _LINK.match(text, 1) or _LINK.search(text)
    while found:
        spans += _spans(text, found)
        # The sign before a link has to be its own, not the end of the link before.
        found = _LINK.search(text, found.end() + 1)
    return spans


def _spans(text: str, found: re.Match[str]) -> list[tuple[int, int]]:
    if any(len(_ascii(label)) > 63 for label in found["host"].split(".")) or len(found[0]) > 4096:
        return []
    if found["scheme"]:
        short = _SHORT.match(found[0])
        if short and len(short[1]) > 40:
            return []
        return [(found.start(), found.start() + short.end() if short else found.end())]
    if found.start() and text[found.start() - 1] in "-_./":
        return []
    bare = [one.span() for one in _BARE.finditer(text, found.start("host"), found.end("host"))]
    if bare and found["path"]:
        bare[-1] = (bare[-1][0], found.end())
    return bare


def _ascii(label: str) -> bytes:
    """A label as a name server is asked for it."""
    return label.encode() if label.isascii() else b"xn--" + label.encode("punycode")
