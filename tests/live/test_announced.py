"""What browsers are told is all they need: the old screen, with only what changed fetched anew, is the new screen.

In the manner of Zulip's `verify_action`, over random histories of what customers say and agents do.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from actions.test_histories import Run, histories
from careline.store.models import Conversation
from careline.store.queries import timeline
from careline.store.queries.changes import StoredChanges
from careline.store.scoped import scoped
from support.databases import both_databases


class Screen:
    """A browser that shows every conversation, and fetches one again when told that it changed."""

    def __init__(self, workspace_id: int) -> None:
        self._workspace_id = workspace_id
        self.seq = 0
        self.shown: dict[int, Any] = {}

    def catch_up(self) -> None:
        for change in StoredChanges().read(self._workspace_id, self.seq, 10_000):
            self.seq = change.seq
            if change.conversation_id is not None:
                self._fetch(change.conversation_id)

    def _fetch(self, conversation_id: int) -> None:
        shown = fetch(self._workspace_id, conversation_id)
        if shown[0] is None:
            self.shown.pop(conversation_id, None)
        else:
            self.shown[conversation_id] = shown


def fetch(workspace_id: int, conversation_id: int) -> Any:
    return timeline.head(workspace_id, conversation_id), timeline.stretch(workspace_id, conversation_id)


def everything(workspace_id: int) -> dict[int, Any]:
    ids = scoped(Conversation, workspace_id).values_list("id", flat=True)
    return {one: fetch(workspace_id, one) for one in ids}


@both_databases
@pytest.mark.django_db
@given(history=histories())
@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_the_old_screen_and_the_changes_make_the_new_screen(database, history):
    run = Run()
    screen = Screen(run.workspace.id)
    for facts, at, number, act in history:
        for step in (lambda facts=facts: run.hear(facts, 3), lambda at=at, n=number, a=act: run.act(at, n, a)):
            step()
            screen.catch_up()
            assert screen.shown == everything(run.workspace.id)
