"""The local X counts as X does, by code of its own: another program's count is the measure for both sides."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from careline.domain import weighted_text
from careline_sandbox.rules import links, weight
from support.texts import odd_texts, oracle


@settings(max_examples=1000)
@given(odd_texts)
def test_it_counts_as_the_other_program_does(text: str) -> None:
    counted = oracle(text)
    assume(counted is not None)
    assert weight.weigh(text) == counted


@settings(max_examples=500)
@given(odd_texts | st.text(max_size=300))
def test_what_the_desk_lets_through_fits_here(text: str) -> None:
    assert weight.weigh(text) == weighted_text.weight(text)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 12_500, "日." * 12_500, "日" * 25_000 + ".com", "x_." * 8_000 + "com", "http://" * 4_000,
        "https://example.com/" + "(a)" * 8_000, "https://example.com/" + "(" * 25_000, "e\u0301\u0302" * 10_000,
        "😀\u200d" * 9_000,
    ],
)  # fmt: skip
def test_monsters_weigh_the_same_on_both_sides(text: str) -> None:
    assert weight.weigh(text) == weighted_text.weight(text)


def test_links_are_found_in_code_points() -> None:
    assert links.find("👩‍🚀 example.com") == [(4, 15)]
