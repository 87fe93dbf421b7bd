"""What became of invitations, counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from careline.domain.funnel import Invited, Step, by, funnel, percentile

invited = st.lists(
    st.builds(Invited, st.integers(0, 10**6), st.none() | st.integers(10**6, 2 * 10**6), st.booleans()), max_size=30
)


@given(invited)
def test_each_step_holds_those_that_come_after_it_and_is_what_its_evidence_lists(found):
    one = funnel(found)
    assert one.offered >= one.arrived >= one.solved
    assert [one.offered, one.arrived, one.solved] == [sum(each.reached(step) for each in found) for step in Step]


@given(invited)
def test_groups_add_up_to_the_whole(found):
    groups = by(lambda one: one.offered_ms % 3, found)
    assert sum(one.offered for one in groups.values()) == len(found)
    assert [one.offered for one in groups.values()] == sorted((one.offered for one in groups.values()), reverse=True)


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values, percent):
    rising = sorted(values)
    found = percentile(rising, percent)
    assert found in rising
    assert sum(one <= found for one in rising) * 100 >= percent * len(rising)
    below = [one for one in rising if one < found]
    assert len(below) * 100 < percent * len(rising)


def test_of_nothing_there_is_no_figure():
    assert funnel([]) == funnel(iter(())) and funnel([]).taken is None and funnel([]).half_ms is None
