"""A ticket opens one workspace for one minute, and nobody but us can make one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.live.tickets import TICKET_MS, BadTicket, Tickets

NOW = 1_793_610_000_000


def tickets(now: int = NOW, secret: str = "s" * 50) -> Tickets:
    return Tickets(secret, now_ms=lambda: now)


@given(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_a_ticket_says_who_may_listen_where(workspace_id, user_id):
    ticket = tickets().read(tickets().issue(workspace_id=workspace_id, user_id=user_id))
    assert (ticket.workspace_id, ticket.user_id, ticket.expires_ms) == (workspace_id, user_id, NOW + TICKET_MS)


def test_a_ticket_runs_out_after_a_minute():
    text = tickets().issue(workspace_id=1, user_id=2)
    assert tickets(NOW + TICKET_MS - 1).read(text).workspace_id == 1
    with pytest.raises(BadTicket):
        tickets(NOW + TICKET_MS).read(text)


def test_law_7_a_ticket_cannot_be_turned_into_one_for_another_workspace():
    _, user, expires, signature = tickets().issue(workspace_id=1, user_id=2).split(".")
    with pytest.raises(BadTicket):
        tickets().read(f"2.{user}.{expires}.{signature}")


def test_another_install_makes_other_tickets():
    with pytest.raises(BadTicket):
        tickets(secret="t" * 50).read(tickets().issue(workspace_id=1, user_id=2))


@given(st.text(), st.integers(0, 80), st.characters())
def test_nothing_else_is_a_ticket(text, place, letter):
    good = tickets().issue(workspace_id=1, user_id=2)
    for forged in (text, good[:place], good[:place] + letter + good[place + 1 :], good + letter):
        if forged != good:
            with pytest.raises(BadTicket):
                tickets().read(forged)
