"""The lists: in which order, how many, nothing left out between pages, few queries, each through its index."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.actions import steer
from careline.domain.ids import make_id
from careline.domain.words import Ending, State
from careline.inbox import say
from careline.store.models import Conversation, Customer
from careline.store.queries import inbox, timeline
from careline.store.queries.inbox import View
from support.clock import MORNING_MS
from support.databases import both_databases
from support.rows import make_workspace

pytestmark = pytest.mark.django_db


def rows_of(browser, path):
    html = browser.get(path).content.decode()
    return re.findall(r'class="handle">@(\w+)</span>', html.split('id="list"')[1].split("</ol>")[0])


@both_databases
def test_the_longest_waiting_comes_first_and_then_who_has_to_answer_us(
    database, customers, browser, workspace, clock, desk, as_nina, address
):
    for handle in ("first", "second", "third"):
        customers.post(handle)
        clock.advance(minutes=10)
    second = customers.conversation("second")
    Conversation.objects.filter(id=second.id).update(waiting_ms=None, state=State.PENDING)
    assert rows_of(browser, f"/{workspace.slug}/open/") == ["first", "third", "second"]
    html = browser.get(f"/{workspace.slug}/open/").content.decode()
    assert "Waiting for 30 minutes" in html
    assert html.index("@third") < html.index("Waiting for the customer") < html.index("@second")


def test_mine_is_what_was_given_to_me(customers, browser, workspace, desk, as_nina, nina):
    for handle in ("lena", "petra"):
        customers.post(handle)
    steer.assign(desk, as_nina, conversation_id=customers.conversation("petra").id, user_id=nina.id)
    assert rows_of(browser, f"/{workspace.slug}/mine/") == ["petra"]


@both_databases
def test_resolved_and_spam_are_kept_apart_newest_first(database, customers, browser, workspace, desk, as_nina, clock):
    for handle in ("lena", "petra", "omar", "eve"):
        customers.post(handle)
    for handle, verb in (
        ("lena", steer.resolve),
        ("petra", steer.ignore),
        ("omar", steer.resolve),
        ("eve", steer.mark_spam),
    ):
        clock.advance(minutes=1)
        verb(desk, as_nina, conversation_id=customers.conversation(handle).id)
    assert rows_of(browser, f"/{workspace.slug}/resolved/") == ["omar", "petra", "lena"]
    assert rows_of(browser, f"/{workspace.slug}/spam/") == ["eve"]
    assert rows_of(browser, f"/{workspace.slug}/open/") == []


@pytest.mark.parametrize("sought", ["le", "@LENA", "lena_m", " lena_marsh "])
def test_a_handle_is_found_by_its_beginning_in_any_state(customers, browser, workspace, desk, as_nina, sought):
    for handle in ("lena_marsh", "ali", "zelena"):
        customers.post(handle)
    steer.resolve(desk, as_nina, conversation_id=customers.conversation("lena_marsh").id)
    assert rows_of(browser, f"/{workspace.slug}/find/?q={sought}") == ["lena_marsh"]


@both_databases
def test_underscores_and_percents_are_letters_like_others(database, customers, browser, workspace):
    for handle in ("a_b", "axb"):
        customers.post(handle)
    assert rows_of(browser, f"/{workspace.slug}/find/?q=a_") == ["a_b"]
    assert rows_of(browser, f"/{workspace.slug}/find/?q=%25") == []


def make_many(workspace, waits, **fields):
    made = []
    for wait in waits:
        customer = Customer.objects.create(id=make_id(MORNING_MS), workspace=workspace, created_ms=MORNING_MS)
        values = {"opened_ms": MORNING_MS, "last_ms": MORNING_MS, "waiting_ms": wait} | fields
        made.append(Conversation(id=make_id(MORNING_MS), workspace=workspace, customer=customer, **values))
    Conversation.objects.bulk_create(made)
    return made


def walk(workspace, view):
    seen, after = [], ""
    while True:
        page = inbox.rows(workspace.id, view, user_id=1, now_ms=MORNING_MS, after=after)
        seen += [row.id for row in page.rows]
        if not page.after:
            return seen
        after = page.after


@both_databases
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=130))
def test_walking_through_pages_meets_everything_once_in_order(database, db, waits):
    workspace = make_workspace()
    made = make_many(workspace, waits)
    waiting = sorted((one.waiting_ms, one.id) for one in made if one.waiting_ms is not None)
    idle = sorted((one.id for one in made if one.waiting_ms is None), reverse=True)
    assert walk(workspace, View.OPEN) == [one for _wait, one in waiting] + idle


@both_databases
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.lists(st.tuples(st.sampled_from([Ending.DONE, Ending.IGNORED]), st.integers(0, 3)), max_size=130))
def test_the_same_for_what_is_resolved(database, db, ends):
    workspace = make_workspace()
    made = []
    for ending, at_ms in ends:
        made += make_many(workspace, [None], state=State.RESOLVED, ending=ending, resolved_ms=at_ms)
    assert walk(workspace, View.RESOLVED) == [
        one.id for one in sorted(made, key=lambda one: (-one.resolved_ms, one.id))
    ]


@both_databases
def test_counts_stop_at_a_thousand_and_say_so(database, workspace, customers, browser, nina):
    make_many(workspace, [MORNING_MS] * 1003, assignee=nina)
    make_many(workspace, [None] * 1000, state=State.RESOLVED, ending=Ending.DONE, resolved_ms=1)
    assert inbox.counts(workspace.id, nina.id) == inbox.Counts(
        open=1001, waiting=1001, mine=1001, resolved=1000, spam=0
    )
    html = browser.get(f"/{workspace.slug}/open/").content.decode()
    assert re.findall(r'class="count">([^<]+)<', html) == ["1,000+", "1,000+", "1,000", "0"]
    assert say.capped(1000) == "1,000"


def test_a_page_costs_the_same_few_queries_however_long_the_list(
    workspace, customers, browser, django_assert_max_num_queries, address, as_nina, desk
):
    post = customers.post("lena")
    for number in range(30):
        customers.post(f"customer{number}")
        customers.dm("lena", f"dm {number}")
    with django_assert_max_num_queries(18):
        browser.get(f"/{workspace.slug}/open/")
    with django_assert_max_num_queries(42):
        browser.get(address(post.conversation))
    with django_assert_max_num_queries(18):
        browser.get(address(post.conversation, "timeline"))


def test_law_7_lists_and_finds_stay_in_their_workspace(customers, workspace):
    customers.post("lena")
    other = make_workspace()
    make_many(other, [1, 2, None])
    assert len(walk(workspace, View.OPEN)) == 1
    assert len(walk(other, View.OPEN)) == 3
    assert inbox.find(other.id, "lena", user_id=1, now_ms=MORNING_MS).rows == ()
    assert timeline.head(other.id, customers.conversation("lena").id) is None


def plans(run):
    """The SELECTs that `run` makes, each with SQLite's plan for it."""
    found = []

    def note(execute, sql, params, many, context):
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        run()
    out = []
    for sql, params in found:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            out.append((sql, " | ".join(row[3] for row in cursor.fetchall())))
    return out


def test_every_list_goes_through_an_index_that_begins_with_its_condition(workspace, customers, as_nina):
    customers.post("lena")
    make_many(workspace, [MORNING_MS, None])
    expected = {
        View.OPEN: "conversation_open",
        View.MINE: "conversation_mine",
        View.RESOLVED: "conversation_done",
        View.SPAM: "conversation_done",
    }
    for view, index in expected.items():
        for after in ("", "waiting.5.5", "idle.0.5", "ended.5.5"):
            found = plans(
                lambda view=view, after=after: inbox.rows(workspace.id, view, user_id=1, now_ms=MORNING_MS, after=after)
            )
            lists = [plan for sql, plan in found if 'FROM "store_conversation"' in sql]
            assert lists
            for plan in lists:
                assert index in plan, (view, after, plan)
                assert "TEMP B-TREE" not in plan, (view, after, plan)
    for sql, plan in plans(lambda: inbox.counts(workspace.id, 1)):
        assert "INDEX conversation_" in plan, (sql, plan)
    for sql, plan in plans(lambda: inbox.find(workspace.id, "le", user_id=1, now_ms=MORNING_MS)):
        assert "SCAN store_" not in plan, (sql, plan)
    conversation = customers.conversation("lena")
    for sql, plan in plans(lambda: timeline.stretch(workspace.id, conversation.id, before="99999999999999.1")):
        assert "SCAN store_" not in plan, (sql, plan)


def test_who_acts_meanwhile_is_told_by_the_change_number(workspace, customers, desk, as_nina):
    before = inbox.latest_change(workspace.id)
    customers.post("lena")
    assert inbox.latest_change(workspace.id) > before
    changes = timeline.changes(workspace.id, before)
    assert [one["seq"] for one in changes] == sorted(one["seq"] for one in changes)
