"""Presence: who is where, by a clock that the test moves; gone by themselves, and behind the wall (law 7)."""

from __future__ import annotations

import pytest

from careline.engines.presence_memory import EXPIRY_MS, MOST_TABS, MemoryPresence
from careline.ports.presence import Doing

ACME, OTHER = 1, 2
NINA, OMAR = 11, 12


class Board:
    """The engine with a clock, and what it told."""

    def __init__(self):
        self.at_ms, self.told = 1_000, []
        self.engine = MemoryPresence(now_ms=lambda: self.at_ms, tell=lambda *what: self.told.append(what))

    def report(self, user_id, doing, *, conversation_id=7, workspace_id=ACME, tab="t"):
        self.engine.report(
            workspace_id=workspace_id, conversation_id=conversation_id, user_id=user_id, tab=tab, doing=doing
        )

    def who(self, workspace_id=ACME):
        found = self.engine.who(workspace_id)
        return {key: [(one.user_id, one.doing) for one in people] for key, people in found.items()}


@pytest.fixture
def board():
    return Board()


def test_who_reads_and_who_writes_is_told_when_it_changes_and_not_when_it_is_repeated(board):
    board.report(NINA, Doing.READING)
    board.report(NINA, Doing.READING)
    assert board.told == [(ACME, 7)]
    board.report(NINA, Doing.WRITING)
    board.report(OMAR, Doing.READING)
    assert board.who() == {7: [(NINA, Doing.WRITING), (OMAR, Doing.READING)]}
    board.report(NINA, None)
    assert board.who() == {7: [(OMAR, Doing.READING)]}
    assert board.told == [(ACME, 7)] * 4


def test_whoever_is_not_heard_of_again_is_gone(board):
    board.report(NINA, Doing.WRITING)
    board.at_ms += EXPIRY_MS - 1
    assert board.who() == {7: [(NINA, Doing.WRITING)]}
    board.at_ms += 1
    assert board.who() == {}
    board.report(OMAR, Doing.READING)
    assert board.who() == {7: [(OMAR, Doing.READING)]}


def test_a_tab_is_at_one_conversation_and_a_late_farewell_from_the_last_one_does_not_count(board):
    board.report(NINA, Doing.READING, conversation_id=7)
    board.report(NINA, Doing.READING, conversation_id=8)
    assert board.told == [(ACME, 7), (ACME, 7), (ACME, 8)]
    board.report(NINA, None, conversation_id=7)
    assert board.who() == {8: [(NINA, Doing.READING)]}


def test_somebody_in_two_tabs_is_one_person_doing_the_most(board):
    board.report(NINA, Doing.WRITING, tab="a")
    board.report(NINA, Doing.READING, tab="b")
    assert board.who() == {7: [(NINA, Doing.WRITING)]}
    board.report(NINA, None, tab="a")
    assert board.who() == {7: [(NINA, Doing.READING)]}


def test_law_7_another_workspace_sees_nobody(board):
    board.report(NINA, Doing.WRITING)
    assert board.who(OTHER) == {}
    board.report(NINA, Doing.READING, workspace_id=OTHER)
    assert board.who(OTHER) == {7: [(NINA, Doing.READING)]}
    assert board.told == [(ACME, 7), (OTHER, 7)]


def test_no_browser_can_make_it_remember_more_than_a_few_tabs(board):
    for number in range(10 * MOST_TABS):
        board.report(NINA, Doing.READING, tab=str(number), conversation_id=number)
    assert len(board.who()) == MOST_TABS
