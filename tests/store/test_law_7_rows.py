"""Law 7, asked of the rows: two companies that hear the same people in the same threads stay apart."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.test_histories import Run, histories
from careline.domain.ids import make_id
from careline.store.models import Change, Conversation, Customer, Decision, Message
from careline.store.queries.canonical import dump
from support.clock import MORNING_MS
from support.databases import both_databases
from support.rows import make_account, make_app, make_workspace
from support.wall import assert_wall, workspace_models

pytestmark = pytest.mark.django_db


@both_databases
@given(ours=histories(), theirs=histories(), cut=st.integers(1, 7))
@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_law_7_what_one_company_hears_and_does_changes_nothing_for_another(database, ours, theirs, cut):
    """Same accounts' ids, same customers, same posts: the desk of the one is as if the other were not there."""
    alone, here, there = Run(), Run(), Run()
    longer = max(len(ours), len(theirs))
    for mine, other in zip(
        [*ours, *[None] * (longer - len(ours))], [*theirs, *[None] * (longer - len(theirs))], strict=True
    ):
        for run, segment in ((alone, mine), (here, mine), (there, other)):
            if segment is not None:
                facts, at, number, act = segment
                run.hear(facts, cut)
                run.act(at, number, act)
    assert here.dump() == alone.dump()
    assert_wall()


def _astray(workspace, other):
    customer = Customer.objects.create(id=make_id(MORNING_MS), workspace=other, created_ms=0)
    return Conversation.objects.create(
        id=make_id(MORNING_MS), workspace=workspace, customer=customer, opened_ms=0, last_ms=0
    )


def test_the_wall_is_really_looked_at(workspace):
    other = make_workspace()
    row = _astray(workspace, other)
    with pytest.raises(AssertionError, match=r"Conversation.customer_id points into another workspace"):
        assert_wall()
    row.delete()
    assert_wall()


@pytest.mark.parametrize("model", [Decision, Change])
def test_numbers_that_are_no_foreign_keys_are_looked_at_too(workspace, model):
    other = make_workspace()
    customer = Customer.objects.create(id=make_id(MORNING_MS), workspace=other, created_ms=0)
    theirs = Conversation.objects.create(
        id=make_id(MORNING_MS), workspace=other, customer=customer, opened_ms=0, last_ms=0
    )
    row = model.objects.create(
        id=make_id(MORNING_MS), workspace=workspace, seq=1, conversation_id=theirs.id, at_ms=1,
        **({"verb": "opened"} if model is Decision else {"what": "conversation"}),
    )  # fmt: skip
    with pytest.raises(AssertionError, match=rf"{model.__name__}.conversation_id"):
        assert_wall()
    row.delete()


def test_an_app_of_another_company_cannot_be_borrowed_unseen(workspace):
    account = make_account(workspace, make_app(make_workspace()))
    with pytest.raises(AssertionError, match=r"Account.app_id"):
        assert_wall()
    account.delete()


def test_every_table_of_a_workspace_is_walked():
    assert {Message, Conversation, Decision, Change} <= set(workspace_models())
    assert dump(0)["messages"] == []
