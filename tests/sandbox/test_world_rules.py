"""How long a text is and what stands in it, for texts nobody thought of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from careline_sandbox.rules import entities, links
from careline_sandbox.rules.weight import weigh

WORDS = st.sampled_from(
    [
        "hi",
        "@brand",
        "@nobody",
        "#help",
        "$ACME",
        "https://example.com/a(b)",
        "example.com",
        "a@b.com",
        "😀",
        "ü",
        "…",
        "中",
    ]
)
TEXTS = st.lists(WORDS, max_size=12).flatmap(
    lambda words: st.lists(
        st.sampled_from([" ", "\n", ", ", ". ", " ("]), min_size=len(words), max_size=len(words)
    ).map(lambda gaps: "".join(word + gap for word, gap in zip(words, gaps, strict=True)))
)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("ü" * 3, 3),
        ("u\u0308", 1),
        ("“quoted” – yes…", 16),
        ("中文", 4),
        ("😀", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪🇫🇷", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("https://example.com/very/long/address/indeed", 23),
        ("see example.com.", 28),
        ("http://a.io and https://b.io", 23 + 5 + 23),
        ("write to a@example.com", 22),
    ],
)
def test_the_length_of_a_text(text, length):
    assert weigh(text) == length


@settings(deadline=None)
@given(st.text(), st.text())
def test_length_only_grows_with_more_lines(one, other):
    assert weigh(f"{one}\n{other}") == weigh(one) + 1 + weigh(other)


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0x10FF), max_size=300).map(lambda text: unicodedata.normalize("NFC", text)))
def test_letters_of_the_first_ranges_count_one(text):
    plain = "".join(letter for letter in text if letter <= "\u10ff" and letter not in "./©®")  # the two are emoji, too
    assume(unicodedata.is_normalized("NFC", plain))
    assert weigh(plain) <= len(plain)


@settings(deadline=None)
@given(TEXTS)
def test_entities_stand_where_they_say(text):
    short, cut = entities.shorten(text, seed=7)
    found = entities.describe(short, links=cut, people={"brand": 1})
    for link in found.get("urls", ()):
        assert short[link["start"] : link["end"]] == link["url"]
        assert len(link["url"]) == 23
        assert link["expanded_url"].startswith("http")
    for mention in found.get("mentions", ()):
        assert short[mention["start"] : mention["end"]] == f"@{mention['username']}"
        assert mention["id"] == "1"
    for tag in found.get("hashtags", ()):
        assert short[tag["start"] + 1 : tag["end"]] == tag["tag"]
    assert len(found.get("mentions", ())) == text.split().count("@brand") + sum(
        word.strip(".,(") == "@brand" and word != "@brand" for word in text.split()
    )


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_described(text):
    short, cut = entities.shorten(text, seed=7)
    entities.describe(short, links=cut, people={})
    assert weigh(short) == weigh(text) or cut


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://example.com/a_(b).", "https://example.com/a_(b)"),
        ("(https://example.com)", "https://example.com"),
        ("https://example.com/?a=1&b=2, or", "https://example.com/?a=1&b=2"),
        ("go to shop.example.de/x!", "shop.example.de/x"),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text, url):
    ((start, end),) = links.find(text)
    assert text[start:end] == url


def test_a_short_link_of_x_stays_what_it_is():
    text, (link,) = entities.shorten("so https://t.co/abcdefghij it is", seed=1)
    assert text == "so https://t.co/abcdefghij it is"
    assert link.url == link.expanded_url == "https://t.co/abcdefghij"
