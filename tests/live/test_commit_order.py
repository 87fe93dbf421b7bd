"""Why the tail may trust the numbers: whoever sees N has everything before it, also with several writers at once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from careline.actions.context import Actor
from careline.actions.decisions import Journal, writing
from careline.store.models import Change
from careline.store.queries.changes import StoredChanges
from support.databases import both_databases
from support.processes import wait_until
from support.threads import start

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.postgres
def test_a_later_number_cannot_be_committed_first(desk, workspace, change):
    """The first writer has its number and has not committed; the second waits for the lock, it does not overtake."""
    changes = StoredChanges()
    with transaction.atomic():
        journal = Journal(workspace.id, desk.clock.now_ms())
        journal.changed("conversation", conversation_id=1)
        journal.flush()
        second = start(change, desk, workspace)
        wait_until(_somebody_waits_for_us, what="the second writer never asked for the counter")
        assert not second.done()
        assert start(changes.heads, [workspace.id]).result(5) == {workspace.id: 0}
    second.result(5)
    assert [row.conversation_id for row in changes.read(workspace.id, 0, 10)] == [1, 1 << 60]


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


@both_databases
def test_a_reader_beside_four_writers_sees_every_number_in_its_turn(desk, workspace, database):
    def write() -> None:
        for size in range(1, 16):
            with writing(desk, Actor(workspace.id)) as journal:
                for number in range(size % 3 + 1):
                    journal.changed("message", message_id=threading.get_ident() * 100 + size * 3 + number)

    changes, seen = StoredChanges(), [0]
    writers = [start(write) for _ in range(4)]
    while not all(writer.done() for writer in writers) or changes.heads([workspace.id])[workspace.id] > seen[-1]:
        seen += [row.seq for row in changes.read(workspace.id, seen[-1], 500)]
    for writer in writers:
        writer.result()
    assert seen == list(range(4 * 30 + 1))


@both_databases
def test_what_is_rolled_back_leaves_no_hole(desk, workspace, database, change):
    change(desk, workspace)
    with pytest.raises(RuntimeError), writing(desk, Actor(workspace.id)) as journal:
        journal.changed("message", message_id=1)
        journal.flush()
        raise RuntimeError
    change(desk, workspace)
    assert list(Change.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
