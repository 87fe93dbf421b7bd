"""Replaying recorded conversations: order, links, names, and what X would have told of them."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from careline_sandbox import replay
from careline_sandbox.cli import main
from sandbox.desk import desk_in
from sandbox.receiver import receiving

COLUMNS = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id"
# Answers before questions, as in the real file. 12 answers a post that is not there; 13 and 14 fall into one second.
RECORDING = f""",{COLUMNS}
0,3,BrandOne,False,Tue Oct 31 22:10:47 +0000 2017,@801 Sorry to hear &amp; see that. Which order?,4,2.0
1,4,801,True,Tue Oct 31 22:12:00 +0000 2017,@BrandOne 4711,,3.0
2,2,801,True,Tue Oct 31 22:08:27 +0000 2017,@BrandOne where is my parcel &lt;3,3,
3,5,802,True,Tue Oct 31 22:13:00 +0000 2017,@801 @BrandOne same here,,2.0
4,12,BrandTwo,False,Tue Oct 31 21:00:00 +0000 2017,@803 Please send us a DM,,11.0
5,14,BrandTwo,False,Tue Oct 31 23:00:00 +0000 2017,@804 Hello!,,13.0
6,13,804,True,Tue Oct 31 23:00:00 +0000 2017,"hi @BrandTwo, ask @801",14,
7,15,805,True,Tue Oct 31 23:30:00 +0000 2017,@BrandOne \r\rI just love it 😁,,
"""
BY_TIME = ["12", "2", "3", "4", "5", "13", "14", "15"]


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "recording.csv"
    path.write_text(RECORDING, encoding="utf-8", newline="")
    return path


@pytest.fixture
def played(start_x, recording):
    """(sandbox, outcome) of playing the recording at once."""
    x = start_x()
    return x, replay.play(replay.read(recording), url=x.url)


def by_text(x):
    return {post["text"]: post for post in x.state()["posts"]}


def test_ids_rise_with_the_recorded_time_and_carry_it(played):
    _, outcome = played
    assert sorted(outcome.ids, key=lambda number: int(outcome.ids[number])) == BY_TIME
    made_ms = (int(outcome.ids["2"]) >> 22) + 1288834974657
    assert made_ms == 1509487707000  # Tue Oct 31 22:08:27 2017, UTC


def test_texts_are_plain_names_stand_for_people_and_odd_line_ends_survive(played):
    x, outcome = played
    texts = {post["id"]: post["text"] for post in x.state()["posts"]}
    assert texts[outcome.ids["3"]] == "@user801 Sorry to hear & see that. Which order?"
    assert texts[outcome.ids["2"]] == "@BrandOne where is my parcel <3"
    assert texts[outcome.ids["15"]] == "@BrandOne \r\rI just love it 😁"
    assert texts[outcome.ids["12"]] == "@803 Please send us a DM"  # 803 wrote nothing here: nobody has the name
    usernames = {person["username"] for person in x.http.get("/_sandbox/people").json()["people"]}
    assert usernames == {"user801", "user802", "user804", "user805", "BrandOne", "BrandTwo"}


def test_replies_keep_their_parents_and_threads_also_where_the_parent_is_not_in_the_file(played):
    x, outcome = played
    posts = {post["id"]: post for post in x.state()["posts"]}
    thread = [posts[outcome.ids[number]] for number in "2345"]
    assert {post["conversation_id"] for post in thread} == {outcome.ids["2"]}
    parents = [post["in_reply_to_id"] for post in thread]
    assert parents == [None, outcome.ids["2"], outcome.ids["3"], outcome.ids["2"]]
    orphan = posts[outcome.ids["12"]]
    assert orphan["in_reply_to_id"] not in posts
    assert orphan["conversation_id"] == orphan["in_reply_to_id"]
    person = x.person("reader")
    found = person.get(f"/2/tweets/{outcome.ids['12']}", **{"tweet.fields": "referenced_tweets"}).json()["data"]
    assert found["referenced_tweets"] == [{"type": "replied_to", "id": orphan["in_reply_to_id"]}]


def test_the_outcome_says_whom_x_would_tell_of_what(played):
    _, outcome = played
    assert outcome.told == {
        "BrandOne": {"post.mention.create": ["2", "15"], "post.create": ["3"], "post.reply.create": ["4"]},
        "BrandTwo": {"post.create": ["12", "14"], "post.mention.create": ["13"]},
    }
    assert outcome.untold == ["5"]  # carries @BrandOne by itself, and answers somebody else
    counts = outcome.counts()
    assert (counts["posted"], counts["people"], counts["replies_to_posts_not_in_the_file"]) == (8, 6, 1)


def test_a_desk_is_told_exactly_what_the_outcome_says(start_x, recording, receiver):
    desk = desk_in(start_x(), receiver)
    x = desk.x
    brand = x.control("people", username="BrandOne")
    token = x.control("tokens", app_id=desk.app["id"], person_id=brand["id"])
    desk.cares([])
    for event_type in ("post.create", "post.mention.create", "post.reply.create"):
        body = {"event_type": event_type, "filter": {"user_id": brand["id"]}, "webhook_id": desk.webhook_id}
        made = x.bearer(token["access_token"]).post("/2/activity/subscriptions", json=body)
        assert made.status_code == 200, made.text
    outcome = replay.play(replay.read(recording), url=x.url)
    told = {}
    for event in desk.told():
        told.setdefault(event["event_type"], set()).add(event["payload"]["id"])
    expected = outcome.told["BrandOne"].items()
    assert told == {kind: {outcome.ids[number] for number in numbers} for kind, numbers in expected}


def test_the_same_recording_can_be_played_again_beside_the_first(played, recording):
    x, first = played
    again = replay.play(replay.read(recording), url=x.url)
    assert not set(first.ids.values()) & set(again.ids.values())
    assert x.http.get("/_sandbox/state?only=counts").json()["counts"]["posts"] == 16


def test_at_a_given_speed_posts_come_when_it_is_their_time(start_x, recording):
    waits = []
    rows = replay.read(recording)
    replay.play(rows, url=start_x().url, speed=1e9, wait=waits.append)
    assert sum(waits) < 1  # two and a half hours, a billion times as fast

    now = [0.0]

    def wait(seconds):
        now[0] += seconds

    due = replay._due(replay.in_order(rows), speed=3600, wait=wait, now=lambda: now[0])
    batches = [(round(now[0], 2), [row.number for row in batch]) for batch in due]
    assert batches[0] == (0.0, ["12"])
    assert batches[-1] == (2.5, ["15"])
    assert [number for _, numbers in batches for number in numbers] == BY_TIME


def test_the_command_plays_maps_and_reports(start_x, recording, tmp_path):
    x = start_x()
    files = ["--map", str(tmp_path / "map.json"), "--report", str(tmp_path / "report.json")]
    done = CliRunner().invoke(main, ["replay", str(recording), "--url", x.url, "--limit", "5", *files])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["posted"] == 5
    ids = json.loads((tmp_path / "map.json").read_text())
    assert set(ids) == set("23451") - {"1"} | {"12"}
    assert {post["id"] for post in x.state()["posts"]} == set(ids.values())
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["untold"] == ["5"]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        f"{COLUMNS}\n1,2,True,yesterday,hello,,\n",
        f"{COLUMNS}\n1,2\n",
        f"{COLUMNS}\n1,2,True,Tue Oct 31 22:10:47 +0000 2017,hello,,the one above\n",
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_a_sentence(start_x, tmp_path, content):
    path = tmp_path / "wrong.csv"
    path.write_text(content)
    done = CliRunner().invoke(main, ["replay", str(path)])
    assert done.exit_code == 1
    assert str(path) in done.output
    assert "Traceback" not in done.output


def test_a_sandbox_that_is_away_is_said_so(recording):
    done = CliRunner().invoke(main, ["replay", str(recording), "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 1
    assert "did not play it" in done.output


@pytest.mark.parametrize("speed", ["fast", "0", "-3", "inf"])
def test_a_speed_is_full_or_a_number(recording, speed):
    done = CliRunner().invoke(main, ["replay", str(recording), f"--speed={speed}"])
    assert done.exit_code == 2


def test_a_wrong_batch_leaves_nothing_behind(x):
    x.control("replay", people=["halfway"])
    (post_id,) = x.control("replay/ids", at_ms=[1_600_000_000_000])["ids"]
    good = {"id": post_id, "author": "halfway", "text": "half of it", "at_ms": 1_600_000_000_000}
    response = x.http.post("/_sandbox/replay", json={"posts": [good, {**good, "id": "7", "author": "nobody_at_all"}]})
    assert response.status_code == 404
    assert not [post for post in x.state()["posts"] if post["id"] == post_id]


rows_of_a_thread = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 12))), min_size=1, max_size=13
)


@given(rows_of_a_thread)
def test_parents_come_before_children_of_the_same_second_and_time_goes_first(shape):
    """Whatever links a file holds, circles included."""
    rows = [
        replay.Row(str(n), "user1", at * 1000, "text", None if parent is None else str(parent))
        for n, (at, parent) in enumerate(shape)
    ]
    ordered = replay.in_order(rows)
    assert sorted(row.number for row in ordered) == sorted(row.number for row in rows)
    assert [row.at_ms for row in ordered] == sorted(row.at_ms for row in rows)
    place = {row.number: index for index, row in enumerate(ordered)}
    for row in rows:
        parent = next((other for other in rows if other.number == row.parent), None)
        if parent and parent.at_ms == row.at_ms and not in_circle(row, rows):
            assert place[parent.number] < place[row.number]


def in_circle(row, rows):
    by_number = {other.number: other for other in rows}
    seen = []
    while row is not None and row.number not in seen:
        seen.append(row.number)
        row = by_number.get(row.parent)
    return row is not None


SHARED = (
    Path(os.environ.get("CARELINE_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "twcs" / "first5000.csv"
)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_file(), reason="CARELINE_SHARED has no twcs")
def test_five_thousand_real_posts_are_played_whole(start_x):
    x = start_x()
    rows = replay.read(SHARED)
    assert len(rows) == 5000
    (odd,) = [row for row in rows if row.number == "3399"]
    assert odd.text == "@AskPayPal \r\rI just love the start of email 😁 https://t.co/8u1Pf5rJoN"
    outcome = replay.play(rows, url=x.url)
    counts = outcome.counts()
    assert counts["posted"] == 5000
    assert counts["replies_to_posts_not_in_the_file"] == 6
    told = {number for kinds in outcome.told.values() for numbers in kinds.values() for number in numbers}
    assert len(told) + counts["told_to_no_brand"] == 5000
    ids = [int(outcome.ids[row.number]) for row in replay.in_order(rows)]
    assert ids == sorted(ids)
    posts = {post["id"]: post for post in x.state()["posts"]}
    parents = {row.number: row.parent for row in rows if row.parent in outcome.ids}
    assert len(parents) == 3688
    for number, parent in parents.items():
        assert posts[outcome.ids[number]]["in_reply_to_id"] == outcome.ids[parent]
        same_thread = {posts[outcome.ids[which]]["conversation_id"] for which in (number, parent)}
        assert len(same_thread) == 1


def test_the_recordings_of_these_tests_are_read_as_csv_reads_them(recording):
    """The way around bare carriage returns changes nothing else."""
    plain = RECORDING.replace("\r\r", "")
    with_csv = [line["tweet_id"] for line in csv.DictReader(plain.splitlines())]
    assert [row.number for row in replay.read(recording)] == with_csv
    with pytest.raises(httpx.ConnectError):
        replay.play(replay.read(recording), url="http://127.0.0.1:9")
