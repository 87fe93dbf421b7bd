"""Ids sort by time, never repeat within a process, and fit into 64 bits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from careline.domain.ids import EPOCH_MS, IdMaker

YEAR_2090_MS = 3_786_912_000_000


@given(st.lists(st.integers(EPOCH_MS, YEAR_2090_MS), min_size=1, max_size=400), st.integers(0, 20_000))
def test_ids_rise_whatever_the_clock_does_and_fit_into_a_database(times, node):
    make = IdMaker(node)
    ids = [make(at) for at in times]
    assert ids == sorted(set(ids))
    assert 0 < ids[0] <= ids[-1] < 2**63


def test_a_later_millisecond_sorts_after_an_earlier_one_of_any_process():
    early, late = IdMaker(2**14 - 1), IdMaker(0)
    assert early(EPOCH_MS + 1000) < late(EPOCH_MS + 1001)


def test_a_burst_in_one_millisecond_has_no_doubles():
    make = IdMaker()
    assert len({make(EPOCH_MS + 5) for _ in range(50_000)}) == 50_000
