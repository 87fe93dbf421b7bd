"""Which of what X shows is ours: its words, its time, and not another message's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from careline.channels.base import Shown
from careline.delivery.matching import SKEW_MS, ours

BEGUN = 10_000_000
shown = st.builds(
    Shown,
    network_id=st.integers(1, 9_999).map(str),
    text=st.sampled_from(["Hello", " Hello\n", "Bye"]),
    created_ms=st.integers(BEGUN - 2 * SKEW_MS, BEGUN + 2 * SKEW_MS),
)


@given(st.lists(shown, max_size=8), st.sets(st.integers(1, 9_999).map(str)))
def test_the_oldest_free_one_with_our_words_and_no_other(candidates: list[Shown], taken: set[str]) -> None:
    found = ours("Hello", candidates, since_ms=BEGUN, is_taken=taken.__contains__)
    fitting = [
        one
        for one in candidates
        if one.text.strip() == "Hello" and one.created_ms >= BEGUN - SKEW_MS and one.network_id not in taken
    ]
    assert (found is None) is (not fitting)
    if found is not None:
        assert found in fitting
        assert found.created_ms == min(one.created_ms for one in fitting)


def test_what_x_does_to_a_text_does_not_hide_it() -> None:
    back = Shown("1", "Please  see https://example.com/help/ \u0065\u0301", BEGUN)
    assert ours("Please see http://example.com/help é", [back], since_ms=BEGUN, is_taken=lambda _id: False) == back
