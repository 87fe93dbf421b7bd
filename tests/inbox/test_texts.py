"""What strangers type: readable, and unable to move what stands beside it."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.inbox import texts

BEGINS = {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"} | dict.fromkeys(
    "\u202a\u202b\u202d\u202e", "\u202c"
)
CONTROLS = [*BEGINS, "\u2069", "\u202c"]
WILD = st.text(st.sampled_from([*CONTROLS, "a", "\u05d0", " ", "\n", "\u2029", "@", "#", "/", "\u0301"]), max_size=60)


def plain(text):
    return re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)


@given(WILD)
def test_every_change_of_direction_ends_where_its_line_ends(text):
    levelled = texts.level(text)
    assert plain(levelled) == plain(text)
    for line in levelled.splitlines():
        open_ends = []
        for letter in line:
            if letter in BEGINS:
                open_ends.append(BEGINS[letter])
            elif letter in CONTROLS:
                assert open_ends.pop() == letter
        assert open_ends == []


@given(st.text(max_size=80) | WILD)
def test_what_is_shown_is_what_was_written_and_nothing_of_it_is_markup(text):
    shown = str(texts.lines(text))
    without = re.sub(r'</?bdi(?: class="text-(?:name|tag)"| dir="ltr")?>|<a [^>]*>|</a>', "", shown)
    assert "<" not in without
    if "://" not in text:
        assert html.unescape(without) == texts.level(text)


@pytest.mark.parametrize(
    ("text", "names", "tags"),
    [
        ("@acme why? ask @Bob_1, #outage", ["@acme", "@Bob_1"], ["#outage"]),
        ("mail me@example.org or a/@b #1 #2nd \u0023caf\u00e9", [], ["#2nd", "#caf\u00e9"]),
        ("https://example.com/@user/#part", [], []),
    ],
)
def test_names_and_tags_are_set_apart(text, names, tags):
    shown = str(texts.lines(text))
    assert re.findall(r'<bdi class="text-name">([^<]*)', shown) == names
    assert re.findall(r'<bdi class="text-tag">([^<]*)', shown) == tags


def test_a_link_is_short_for_the_eye_and_whole_for_the_hand():
    address = "https://www.example.com/" + "a/" * 60 + "end?x=1"
    assert texts.label(address).startswith("example.com/a/a/")
    assert len(texts.label(address)) < 60
    assert f'href="{address}"' in texts.lines(address)
    assert texts.label("https://t.co/abc") == "t.co/abc"
    # Whose address it is can never be cut off or hidden behind a name.
    host = "login.bank.example." + "x" * 70 + ".evil.example"
    assert texts.label(f"https://{host}/account").startswith(host)
    assert texts.label("https://bank.example@evil.example/").startswith("bank.example@evil.example")
