"""Texts as people, and those who test other people's programs, write them: for counting and for finding links.

The oracle is a port of X's twitter-text that we did not write (PyPI `twitter-text-parser`). Some of
what it does with host names is Python's and not X's; `oracle` answers None for a text that holds such a thing. Its
emoji are those of 2019.
"""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import strategies as st

_LINKS = [
    "http://", "https://", "HTTP://", ".", ".", "..", "com", "de", "co.uk", "jp", "onion", "museum", "localhost",
    "example", "a", "b", "müller", "vermögensberater", "日本", "中国", "рф", "xn--p1ai", "1.2.3.4", "-", "_", "/",
    "//", "?", "=", "&", ":", ":80", "t.co/", "abc123", "/path", "/a.b", "?q=1", "(", ")", "((", "))", "[", "]", "~",
    "|", "%", "+", "*", "a@b.com", "com中国",
]  # fmt: skip
_WORDS = [
    "#", "@", "$", "!", ",", ";", "'", "“", " ", " ", "\n", "\t", "\u3000", "\u200e", "\u202e", "\ufeff", "\u2013",
    "é", "ж", "e\u0301", "\u1112\u1161", "ภาษา", "مرحبا", "\ufe0f",
]  # fmt: skip
_EMOJI = [
    "😀", "👍", "🏽", "👩", "🚀", "❤", "❤️", "🇩", "🇪", "1", "1️⃣", "☃", "☃️", "©", "®️", "™", "👩🏽\u200d🚀",
    "👩\u200d🚀", "👨\u200d👩\u200d👧", "🏴\u200d☠️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "😀\u200d🚀",
]  # fmt: skip

#: Short texts in which links, words and emoji touch in every way.
odd_texts = st.lists(st.sampled_from(_LINKS + _WORDS + _EMOJI), min_size=1, max_size=14).map("".join)

_PUNYCODE = re.compile(r"xn--[^\s/.]*[^\x00-\x7f]|[^\x00-\x7f][^\s/.]*xn--|xn--[^\s/.]*[\"`]", re.IGNORECASE)
#: Right-to-left letters, keycaps, selectors, joiners, tags, ellipses: Python's codec for names refuses or drops them.
_FOLDED = re.compile("[\u0590-\u08ff\u20e3\ufe0f\u200d…\U000e0020-\U000e007f]")


def oracle(text: str) -> int | None:
    """The weight by the other program, or None where it speaks for Python rather than for X."""
    if _PUNYCODE.search(text) or any(_FOLDED.search(word) and "." in word for word in re.split(r"\s", text)):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it finds its data by way of a module that is on its way out
        counted = pytest.importorskip("twitter_text", reason="twitter-text-parser needs setuptools' pkg_resources")
    return int(counted.parse_tweet(text).weightedLength)
