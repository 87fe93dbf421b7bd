"""Leads see what became of invitations; each figure opens what is behind it (law 6)."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from careline.actions import converse
from careline.actions.steer import resolve
from careline.domain.words import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(desk, person, sign_in):
    """A lead's browser."""
    return sign_in(person(Role.LEAD))


@pytest.fixture
def page(lead, workspace):
    def get(query=""):
        answer = lead.get(f"/{workspace.slug}/invitations/{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return get


@pytest.fixture
def invited(customers, desk, as_nina, clock):
    """Three were invited: Lena came and was helped, Omar came, Mei did not."""
    for handle in ("lena", "omar", "mei"):
        post = customers.post(handle)
        converse.invite(
            desk, as_nina, conversation_id=post.conversation_id, answers_id=post.id, text=f"Write to us, {handle}",
            first_line="", uid=uuid4(),
        )  # fmt: skip
        clock.advance(seconds=30)
        customers.network_says()
    for handle, minutes in (("lena", 4), ("omar", 20)):
        clock.advance(minutes=minutes)
        customers.dm(handle)
    resolve(desk, as_nina, conversation_id=customers.conversation("lena").id)


def counts(html):
    """The whole funnel."""
    steps = re.findall(r'funnel-name">(\w+)</span><span class="funnel-count">(?:<a[^>]*>)?(\d+)', html)
    return {name: int(count) for name, count in steps}


def behind(html):
    return set(re.findall(r"<li><a[^>]*>(\w+)</a>", html.split('id="behind"')[1]))


def test_the_funnel_counts_what_came_of_them(invited, page):
    html = page()
    assert counts(html) == {"Offered": 3, "Arrived": 2, "Solved": 1}
    assert "Half of those who came wrote within 5 minutes, nine of ten within 24 minutes." in html
    assert "Nina Brandt" in html and "67 %" in html


def test_law_6_each_figure_opens_what_is_behind_it(invited, page, nina):
    assert behind(page("?step=offered")) == {"Lena", "Omar", "Mei"}
    assert behind(page("?step=arrived")) == {"Lena", "Omar"}
    assert behind(page(f"?step=solved&agent={nina.id}")) == {"Lena"}
    assert "How this is counted" in page()
    for path in re.findall(r'href="(\?days=30&amp;step=\w+[^"]*)#behind"', page()):
        query = path.replace("&amp;", "&")
        assert len(behind(page(query))) > 0


def test_what_is_older_than_the_span_is_not_counted(invited, page, clock):
    clock.advance(minutes=8 * 24 * 60)
    assert "No invitation in this time" in page("?days=7")
    assert counts(page("?days=30"))["Offered"] == 3
    assert counts(page("?days=nonsense&step=nothing"))["Offered"] == 3


def test_nothing_yet_says_how_to_begin(page):
    assert "choose “Invite to DM”" in page()


def test_agents_and_observers_do_not_see_it(browser, person, sign_in, workspace):
    for one in (browser, sign_in(person(Role.OBSERVER))):
        assert one.get(f"/{workspace.slug}/invitations/").status_code == 403
        assert "/invitations/" not in one.get(f"/{workspace.slug}/open/").content.decode()


def test_law_7_another_workspace_has_its_own(invited, lead):
    from support.rows import make_workspace

    other = make_workspace()
    assert lead.get(f"/{other.slug}/invitations/").status_code == 404
