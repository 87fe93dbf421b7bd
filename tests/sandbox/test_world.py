"""The world itself: what is told of changes, and that a failed change leaves nothing behind."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline_sandbox.ids import EPOCH_MS, Snowflakes
from careline_sandbox.rules import compose
from careline_sandbox.world import World, dms, happenings, people, posts, schema

NOW = 1_790_000_000_000


@pytest.fixture
def world():
    made = World.connect(":memory:")
    with made.write() as tx:
        for person_id, name in ((1, "brand"), (2, "customer"), (3, "friend")):
            people.add(tx, name, person_id=person_id, at_ms=NOW)
    yield made
    made.close()


def millis(snowflake):
    return (snowflake >> 22) + EPOCH_MS


def heard(world):
    with world.read() as connection:
        return [(event.kind, event.actor_id, event.subject_id) for event in happenings.after(connection, 0)]


def say(tx, post_id, author, text, **more):
    compose.record(tx, text, post_id=post_id, author_id=author, at_ms=NOW, **more)


def test_every_change_is_told_in_order_and_listeners_hear_of_commits(world):
    seqs = []
    undo = world.subscribe(seqs.append)
    with world.write() as tx:
        say(tx, 10, 2, "hi @brand")
        dms.add(tx, dm_id=11, sender_id=2, recipient_id=1, text="psst", entities={}, at_ms=NOW)
    with world.write() as tx:
        dms.mark_read(tx, dm_id=11, reader_id=1, at_ms=NOW)
        dms.delete(tx, 11, person_id=2, at_ms=NOW)
        people.block(tx, source_id=2, target_id=1, at_ms=NOW)
        people.block(tx, source_id=2, target_id=1, at_ms=NOW)
        people.unblock(tx, source_id=2, target_id=1, at_ms=NOW)
        posts.delete(tx, 10, at_ms=NOW)
        posts.delete(tx, 10, at_ms=NOW)
    assert heard(world) == [
        ("post.create", 2, 10),
        ("dm.create", 2, 11),
        ("dm.read", 1, 11),
        ("dm.delete", 2, 11),
        ("block", 2, 1),
        ("unblock", 2, 1),
        ("post.delete", 2, 10),
    ]
    assert seqs == [2, 7]
    undo()
    with world.write() as tx:
        say(tx, 12, 2, "unheard")
    assert seqs == [2, 7]


def test_a_change_that_fails_is_neither_kept_nor_told(world):
    seqs = []
    world.subscribe(seqs.append)
    with pytest.raises(sqlite3.IntegrityError), world.write() as tx:
        say(tx, 10, 2, "first")
        say(tx, 10, 2, "the same id")
    assert heard(world) == []
    assert seqs == []
    with world.write() as tx:
        say(tx, 10, 2, "again")
    assert len(heard(world)) == 1


def test_reading_a_message_is_for_its_recipient(world):
    with world.write() as tx:
        dms.add(tx, dm_id=11, sender_id=2, recipient_id=1, text="psst", entities={}, at_ms=NOW)
    with pytest.raises(LookupError), world.write() as tx:
        dms.mark_read(tx, dm_id=11, reader_id=3, at_ms=NOW)


def test_a_block_ends_follows_both_ways(world):
    with world.write() as tx:
        people.follow(tx, source_id=1, target_id=2)
        people.follow(tx, source_id=2, target_id=1)
        people.block(tx, source_id=1, target_id=2, at_ms=NOW)
        assert not people.follows(tx, source_id=1, target_id=2)
        assert not people.follows(tx, source_id=2, target_id=1)


def test_what_becomes_visible_later_is_not_there_yet(world):
    later = posts.View(1, NOW + 5000)
    with world.write() as tx:
        posts.add(
            tx,
            post_id=10,
            author_id=2,
            text="hi",
            written="hi",
            at_ms=NOW,
            entities={},
            visible_at_ms=NOW + 5000,
        )
        assert posts.get(tx, 10, posts.View(1, NOW + 4999)) is None
        assert posts.get(tx, 10, later)["text"] == "hi"
        assert happenings.after(tx, 0)[0].visible_at_ms == NOW + 5000
        assert posts.said_before(tx, 2, "hi", since_ms=NOW), "hidden, but a duplicate all the same"


def test_a_recorded_reply_may_come_before_what_it_answers(world):
    with world.write() as tx:
        say(tx, 11, 1, "@customer @friend see here @friend", in_reply_to_id=10, conversation_id=10)
        say(tx, 10, 2, "hi @brand")
        row = posts.raw(tx, 11)
        assert row["conversation_id"] == 10
        assert row["text"][row["body_start"] :] == "see here @friend"
        assert posts.named(tx, 11) == {2: False, 3: True}


def test_leading_names_that_the_parent_does_not_know_are_the_writers_own(world):
    with world.write() as tx:
        say(tx, 10, 2, "my phone is dead")
        say(tx, 11, 3, "@customer @brand can you help", in_reply_to_id=10)
        row = posts.raw(tx, 11)
        assert posts.named(tx, 11) == {2: False, 1: True}
        assert (row["in_reply_to_user_id"], row["conversation_id"]) == (2, 10)


def test_a_file_from_the_future_is_left_alone(tmp_path):
    path = str(tmp_path / "x.db")
    World.connect(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    raw.close()
    with pytest.raises(schema.NewerWorld):
        World.connect(path)


def test_happenings_can_be_entered_by_time(world):
    with world.write() as tx:
        for number in range(3):
            at_ms = NOW + number * 1000
            compose.record(tx, f"{number}", post_id=10 + number, author_id=2, at_ms=at_ms)
        start = happenings.first_since(tx, NOW + 500)
        assert [event.subject_id for event in happenings.after(tx, start)] == [11, 12]
        assert happenings.after(tx, happenings.first_since(tx, NOW + 9999)) == []
        assert [event.subject_id for event in happenings.after(tx, 0, limit=2)] == [10, 11]


@settings(deadline=None)
@given(st.lists(st.integers(EPOCH_MS + 1, 2**41), min_size=1))
def test_ids_rise_whatever_the_clock_does(moments):
    ids = Snowflakes(last=5)
    minted = [ids.mint(moment) for moment in moments]
    assert minted == sorted(set(minted))
    assert millis(minted[0]) == moments[0]


@settings(deadline=None)
@given(st.lists(st.integers(EPOCH_MS, 2**41), min_size=1).map(sorted))
def test_ids_of_the_past_rise_with_their_time_and_never_meet_live_ones(moments):
    ids = Snowflakes()
    past = [ids.mint_past(moment) for moment in moments]
    assert past == sorted(set(past))
    assert [millis(snowflake) for snowflake in past] == moments
    assert not set(past) & {ids.mint(moment) for moment in moments}


def test_no_id_is_older_than_x():
    with pytest.raises(ValueError, match="2010"):
        Snowflakes().mint_past(EPOCH_MS - 1)
