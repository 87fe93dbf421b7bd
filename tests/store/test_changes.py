"""The table of changes: read in order, forgotten after two days, and never another workspace's."""

from __future__ import annotations

import pytest

from careline.actions.context import Actor
from careline.actions.decisions import writing
from careline.actions.forget_changes import forget_changes
from careline.store.models import Change
from careline.store.queries.changes import StoredChanges
from support.databases import both_databases
from support.rows import make_workspace

pytestmark = [both_databases, pytest.mark.django_db]


def write(desk, workspace, count):
    with writing(desk, Actor(workspace.id)) as journal:
        for number in range(count):
            journal.changed("message", message_id=number)


def test_changes_are_forgotten_after_two_days_and_the_rest_has_no_hole(desk, clock, workspace, database):
    other = make_workspace()
    write(desk, workspace, 2500)
    write(desk, other, 1)
    clock.advance(hours=47)
    write(desk, workspace, 3)
    assert forget_changes(desk, workspace.id) == 0
    clock.advance(hours=2)
    assert forget_changes(desk, workspace.id) == 2500
    assert [row.seq for row in StoredChanges().read(workspace.id, 0, 10)] == [2501, 2502, 2503]
    assert Change.objects.filter(workspace=other).count() == 1


def test_law_7_heads_and_changes_are_a_workspaces_own(desk, workspace, database):
    other, silent = make_workspace(), make_workspace()
    write(desk, workspace, 2)
    write(desk, other, 1)
    changes = StoredChanges()
    assert changes.heads([workspace.id, silent.id]) == {workspace.id: 2, silent.id: 0}
    assert [row.seq for row in changes.read(other.id, 0, 10)] == [1]
