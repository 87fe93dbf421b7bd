"""Whether a post can be answered: X's rule, and what it leaves open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.domain.reach import Can, Reach, Summons, Why, names, reach

summons = st.builds(Summons, st.booleans(), st.booleans(), st.booleans(), st.booleans())
learned = st.dictionaries(st.sampled_from(["answered", "carried"]), st.booleans())


@given(summons, learned)
def test_who_named_or_quoted_us_can_always_be_answered_and_a_stranger_never(post, learned):
    found = reach(post, exempt=False, learned=learned)
    if post.names or post.quotes:
        assert found.can is Can.YES
    elif not (post.answers or post.carries):
        assert found == Reach(Can.NO, Why.STRANGER)
    else:
        before = learned.get("answered" if post.answers else "carried")
        assert found.can is {None: Can.UNKNOWN, True: Can.YES, False: Can.NO}[before]


@given(summons, learned)
def test_an_app_that_the_rule_does_not_bind_can_answer_anybody(post, learned):
    assert reach(post, exempt=True, learned=learned).can is Can.YES


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@acme where is it?", True),
        ("Hello @ACME, anybody there?", True),
        ("(@acme)", True),
        ("@acme_support is slow", False),
        ("mail me at me@acme", False),
        ("@@acme", False),
        ("acme", False),
        ("", False),
    ],
)
def test_a_name_is_one_where_x_reads_one(text, named):
    assert names(text, "acme") is named
