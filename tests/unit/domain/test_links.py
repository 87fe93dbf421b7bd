"""Links are found where X finds them: each published rule in cases of our own, and against another program."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings

from careline.domain.links import links
from careline.domain.text_data import ENDINGS
from careline.domain.weighted_text import normal, weight
from support.texts import odd_texts, oracle

#: A text, and the links in it.
CASES = {
    # With a scheme.
    "http://shop.example.com": ["http://shop.example.com"],
    "https://shop.example.com/": ["https://shop.example.com/"],
    "HTTPS://Shop.Example.COM/Index": ["HTTPS://Shop.Example.COM/Index"],
    "see https://a.de and http://b.de": ["https://a.de", "http://b.de"],
    "https://a.de\nhttps://b.de": ["https://a.de", "https://b.de"],
    "https://a.example.museum:8080/x": ["https://a.example.museum:8080/x"],
    "https://localhost/x": [],
    "https://example.notanending/x": [],
    "ftp://example.com": [],
    "https://": [],
    "https://.com": [],
    "https://-shop.com": [],
    "https://shop-.com": [],
    "https://my_shop.com": [],
    "https://my_shop.example.com": ["https://my_shop.example.com"],
    "https://10.0.0.1/x": [],
    "https://anna:secret@example.com": [],
    "https://https://example.com": ["https://example.com"],
    "https://☃.net/": ["https://☃.net/"],
    "https://пример.рф": ["https://пример.рф"],
    "https://例子.中国/页": ["https://例子.中国/"],
    "https://xn--e1afmkfd.xn--p1ai/a": ["https://xn--e1afmkfd.xn--p1ai/a"],
    f"https://{'a' * 63}.com": [f"https://{'a' * 63}.com"],
    f"https://{'a' * 64}.com": [],
    f"https://{'ü' * 30}.com": [f"https://{'ü' * 30}.com"],
    f"https://{'ü' * 70}.com": [],
    f"https://example.com/{'x' * 4000}": [f"https://example.com/{'x' * 4000}"],
    f"https://example.com/{'x' * 4096}": [],
    # X's own short links end with their slug.
    "https://t.co/Ab9": ["https://t.co/Ab9"],
    "https://t.co/Ab9日本": ["https://t.co/Ab9"],
    "https://t.co/Ab9/more": ["https://t.co/Ab9"],
    "https://t.co/Ab9?x=1": ["https://t.co/Ab9?x=1"],
    f"https://t.co/{'a' * 41}": [],
    # Without one.
    "example.com": ["example.com"],
    "www.example.co.uk": ["www.example.co.uk"],
    "Example.De": ["Example.De"],
    "müller.de": ["müller.de"],
    "例子.中国": [],
    "example.com/a/b?c=d#e": ["example.com/a/b?c=d#e"],
    "example.com?c=d": ["example.com"],
    "example.com:80": ["example.com"],
    "example.com:80/a": ["example.com:80/a"],
    "日本example.com中国": ["example.com"],
    "example.com中国example.de": ["example.com", "example.de"],
    "example.com中国example.de/a": ["example.com", "example.de/a"],
    "my_shop.com": [],
    "my_shop.example.com": ["shop.example.com"],
    "-example.com": [],
    "_example.com": [],
    ".example.com": [],
    "/example.com": [],
    "example.com.": ["example.com"],
    "example.com.notanending": ["example.com"],
    "example.com.de.fr": ["example.com.de.fr"],
    "example.commerce": [],
    "example.com-": [],
    "example.com_": ["example.com"],
    "example..com": [],
    "3.5": [],
    "10.0.0.1": [],
    "e.g. this": [],
    "file.txt": [],
    "see you.So": ["you.So"],
    "end.In time": ["end.In"],
    "abcdefghijklmnop.onion": ["abcdefghijklmnop.onion"],
    # What may stand before and behind.
    "me@example.com": [],
    "me@mail.example.com": [],
    "@example.com": [],
    "＠example.com": ["example.com"],
    "#example.com": [],
    "＃example.com": ["example.com"],
    "$example.com": [],
    "xhttp://example.com": [],
    "\ufeffexample.com": [],
    "\u202eexample.com": ["example.com"],
    "(example.com)": ["example.com"],
    "[text](example.com)": ["example.com"],
    '"example.com"': ["example.com"],
    "“example.com”": ["example.com"],
    "！example.com": ["example.com"],
    "example.com@more": [],
    "example.com+1": [],
    "example.com,example.de": ["example.com", "example.de"],
    "-https://example.com": ["https://example.com"],
    # Where a path ends.
    "https://example.com/a.": ["https://example.com/a"],
    "https://example.com/a...": ["https://example.com/a"],
    "https://example.com/a!?": ["https://example.com/a"],
    "https://example.com/a, b": ["https://example.com/a"],
    "https://example.com/a’s": ["https://example.com/a"],
    "https://example.com/a-": ["https://example.com/a-"],
    "https://example.com/a_(b)": ["https://example.com/a_(b)"],
    "https://example.com/a_(b(c)d)e": ["https://example.com/a_(b(c)d)e"],
    "https://example.com/~(b)": ["https://example.com/"],
    "https://example.com/(b": ["https://example.com/"],
    "(https://example.com/a)": ["https://example.com/a"],
    "https://example.com/слово": ["https://example.com/слово"],
    "https://example.com/日本": ["https://example.com/"],
    "https://example.com/a–b": ["https://example.com/a–b"],
    "https://example.com/@anna/1": ["https://example.com/@anna/1"],
    "https://example.com/a|b|": ["https://example.com/a|b"],
    "https://example.com?a=b.": ["https://example.com?a=b"],
    "https://example.com?!": ["https://example.com"],
    "https://example.com?a=b#c": ["https://example.com?a=b#c"],
    "https://example.com/a/https://example.de": ["https://example.com/a/https://example.de"],
    # At the very beginning a letter that may stand before a link is taken for that.
    "ée.com": ["e.com"],
    " ée.com": ["ée.com"],
}


@pytest.mark.parametrize("text", CASES)
def test_where_links_are(text: str) -> None:
    assert [text[start:end] for start, end in links(normal(text))] == CASES[text]


@pytest.mark.parametrize("text", CASES)
def test_the_other_program_sees_the_same(text: str) -> None:
    counted = oracle(text)
    assert counted is None or counted == weight(text)


@settings(max_examples=1500)
@given(odd_texts)
def test_whatever_stands_where_the_other_program_counts_the_same(text: str) -> None:
    counted = oracle(text)
    assume(counted is not None)
    assert weight(text) == counted


@given(odd_texts)
def test_links_stand_in_order_and_apart(text: str) -> None:
    text = normal(text)
    found = links(text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(found))


def test_every_ending_is_one() -> None:
    for ending in ENDINGS.split():
        assert links(f"https://example.{ending}/a") == [(0, len(f"https://example.{ending}/" + "a"))], ending
        assert links(f"see example.{ending} now") == [(4, 12 + len(ending))], ending
