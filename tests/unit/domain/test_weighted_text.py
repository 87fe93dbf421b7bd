"""The composer's count is X's count, or a customer-care team learns to distrust it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.domain.weighted_text import LIMIT, fits, reply_weight, weight

CALM = st.text(st.sampled_from("abz ñßéжאع ,;!\u2013\u201c'"), max_size=80)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 5),
        ("Grüße aus Köln", 14),
        ("e\u0301", 1),
        ("\u1112\u1161\u11ab", 2),
        ("漢字かな", 8),
        ("한국어", 6),
        ("Привет", 6),
        ("مرحبا", 5),
        ("ภาษา", 4),
        ("“quoted” – dash", 15),
        ("…", 2),
        ("€", 2),
        ("\n\n", 2),
        ("\u200d", 1),
    ],
)
def test_scripts_weigh_one_or_two(text: str, expected: int) -> None:
    assert weight(text) == expected


@pytest.mark.parametrize(
    "emoji",
    [
        "😀", "❤️", "☺️", "☺", "✂️", "👍🏽", "👩‍🚀", "👩🏽‍🚀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "1️⃣", "#⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🧑🏻‍🤝‍🧑🏿",
        "™️", "©️", "🫠", "🀄", "🅰️", "🈂️", "⌚", "⬛", "❤️‍🔥",
    ],
)  # fmt: skip
def test_an_emoji_weighs_two_however_it_is_made(emoji: str) -> None:
    assert weight(emoji) == 2
    assert weight(f"a{emoji}b") == 4


def test_neighbouring_emoji_are_counted_each() -> None:
    assert weight("😀😀") == 4
    assert weight("🇩🇪🇫🇷") == 4
    assert weight("👍🏽👍🏿") == 4


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "http://t.co/abc",
        "https://x.com/messages/compose?recipient_id=1500000000000000101&text=Order%20number%3A%20",
        "https://sub.sub.example.co.uk:8080/a/b_c-d/(x)?q=1&r=a+b#top",
        "example.com",
        "www.example.de/path",
        "HTTPS://EXAMPLE.COM/A",
        "https://müller.de/grüße",
        "https://example.museum",
    ],
)
def test_a_link_weighs_23_whatever_its_length(link: str) -> None:
    assert weight(link) == 23
    assert weight(f"see {link} now") == 4 + 23 + 4
    assert weight(f"漢字{link}") in (27, weight("漢字" + "x") - 1 + 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see example.com.", 4 + 23 + 1),
        ("(https://example.com/a)", 23 + 2),
        ("https://example.com/a, https://example.com/b!", 23 + 2 + 23 + 1),
        ("https://a.com\nhttps://b.com", 47),
        ("me@example.com", 14),
        ("@example.com", 12),
        ("#example.com", 12),
        ("https://localhost", 17),
        ("end.In", 23),
        ("3.5", 3),
        ("e.g. this", 9),
        ("file.txt", 8),
        ("https://", 8),
    ],
)
def test_where_links_begin_and_end(text: str, expected: int) -> None:
    assert weight(text) == expected


@given(st.text())
def test_any_text_has_a_weight_that_does_not_depend_on_its_form(text: str) -> None:
    assert weight(text) >= 0
    assert weight(unicodedata.normalize("NFD", text)) == weight(text) == weight(unicodedata.normalize("NFC", text))


@given(CALM, CALM)
def test_texts_without_links_and_emoji_add_up(a: str, b: str) -> None:
    assert weight(a + b) == weight(a) + weight(b) == len(a) + len(b)


@given(CALM, st.from_regex(r"https://[a-z]{3,20}\.com/[a-z]{0,300}", fullmatch=True))
def test_the_length_of_a_link_does_not_matter(text: str, link: str) -> None:
    assert weight(f"{text} {link}") == weight(text) + 1 + 23


@given(st.text(max_size=400))
def test_fitting_is_weighing_280(text: str) -> None:
    assert fits(text) is (weight(text) <= LIMIT)


@given(st.text(st.characters(categories=["Lo", "So", "Lu", "Ll"]), max_size=60))
def test_a_text_weighs_at_most_twice_its_length(text: str) -> None:
    assert weight(text) <= max(2 * len(unicodedata.normalize("NFC", text)), 23 * text.count("."))


@pytest.mark.parametrize(
    "bad", ["a." * 5000, "http://" * 2000, "https://a.co/" + "(" * 10_000, "😀\u200d" * 5000, "@" * 10_000]
)
def test_long_and_odd_texts_are_weighed_without_getting_lost(bad: str) -> None:
    assert weight(bad) > 0


@pytest.mark.parametrize(
    ("text", "weighs"),
    [
        ("@jana_example hello", 5),
        ("@JANA_example @omar_example hello", 5),
        ("@jana_example @stranger hello", 15),
        ("hello @jana_example", 19),
        ("@jana_examples hello", 20),
        ("@jana_example", 0),
        ("hello", 5),
    ],
)
def test_names_that_x_puts_before_an_answer_are_free(text: str, weighs: int) -> None:
    assert reply_weight(text, ["jana_example", "Omar_Example"]) == weighs


@pytest.mark.parametrize(
    ("emoji", "weighs"),
    [
        ("😀\ufe0f", 4),  # takes no selector
        ("😀🏽", 4),  # takes no tone
        ("😀\u200d🚀", 5),  # nobody has joined these two
        ("👨\u200d👩\u200d👧🏽", 4),  # families have no tones
        ("🇽🇽", 4),  # no flag
        ("🏴\u200d☠️", 2),
        ("❤️\u200d🔥", 2),
        ("©", 2),
        ("1", 1),
    ],
)
def test_only_what_is_an_emoji_counts_as_one(emoji: str, weighs: int) -> None:
    assert weight(emoji) == weighs
