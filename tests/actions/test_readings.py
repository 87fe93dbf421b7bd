"""Up to when customers have read us: a function of the set of events (law 1), on both databases."""

from __future__ import annotations

from itertools import permutations

import pytest

from actions.network import dm, told
from careline.actions.receive import receive
from careline.domain.facts import DmRead
from careline.store.models import Change, Identity, Message
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from support.clock import MORNING_MS
from support.databases import both_databases
from support.rows import make_account, make_workspace

pytestmark = [pytest.mark.django_db, both_databases]
ANN = "501"


def read(at, reader=ANN, *, of):
    return DmRead(reader, of, MORNING_MS + at)


def test_law_1_the_latest_reading_stands_whatever_the_order(database, desk):
    dumps = []
    for number in range(6):
        workspace = make_workspace()
        us = make_account(workspace, network_id="900", handle="acme").network_id
        events = [told(dm(1, ANN, us)), told(read(5, of=us)), told(read(9, of=us), read(9, of=us))]
        order = list(permutations(events))[number]
        for event in order:
            receive(desk, workspace.id, [event])
        (ann,) = scoped(Identity, workspace.id)
        assert ann.read_ms == {us: MORNING_MS + 9}
        dumps.append(dump(workspace.id))
    assert all(one == dumps[0] for one in dumps)


def test_a_reading_opens_nothing_and_makes_open_pages_look_again(database, desk, workspace, account):
    us = account.network_id
    receive(desk, workspace.id, [told(dm(1, ANN, us))])
    before = scoped(Change, workspace.id).count()
    receive(desk, workspace.id, [told(read(5, of=us))])
    assert scoped(Change, workspace.id).count() == before + 1
    receive(desk, workspace.id, [told(read(3, of=us))])
    assert scoped(Change, workspace.id).count() == before + 1
    assert scoped(Message, workspace.id).count() == 1


def test_what_we_read_ourselves_and_what_others_wrote_is_nobodys_receipt(database, desk, workspace, account):
    receipt = receive(desk, workspace.id, [told(read(5, account.network_id, of=ANN)), told(read(5, ANN, of="777"))])
    assert receipt.counts == {"dm.read not of ours": 2}
    assert not scoped(Identity, workspace.id).exists()
