"""The cast: each character's story to its end, the same twice, never more than the brand can bear, and by X's rules."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from careline_sandbox.cast import director, lines, pictures
from careline_sandbox.cast.characters import BY_NAME, CHARACTERS, OTHERS, Cue, Deed
from careline_sandbox.cast.stage import Stage
from careline_sandbox.cast.story import character_of
from careline_sandbox.local_x import LocalX
from careline_sandbox.rules import compose, private, weight
from careline_sandbox.world import people
from sandbox.cast.worlds import BRAND, START_MS, Hand, everything, make, rows, run


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def local_x(hand: Hand) -> LocalX:
    return make(hand)


def cast_one(local_x: LocalX, hand: Hand, character: str, language: str = "en") -> int:
    """Put one story on the stage, and nobody else; the person's id."""
    with local_x.world.write() as tx:
        tx.execute("DELETE FROM cast_state")
        tx.execute("INSERT INTO cast_state VALUES (0, ?)", (2**62,))
        brand = people.by_username(tx, BRAND)
        stage = Stage(tx, local_x.ids, brand)
        if stage.newest_of_brand() is None:
            stage.say(brand, "We are glad to have you here.", hand.now_ms())
        person = stage.person("mia", name="Mia (example)", description="", at_ms=hand.now_ms())
        director._insert(tx, character, language, person, hand.now_ms(), None, hand.now_ms())
    run(local_x, hand, 2)
    return person


class Agent:
    """The brand's side: what an agent does at X."""

    def __init__(self, local_x: LocalX, hand: Hand, person_id: int) -> None:
        self.local_x, self.hand, self.person_id = local_x, hand, person_id

    def _brand(self, tx):
        return people.by_username(tx, BRAND)

    def answer(self, text: str = "We are looking into it.") -> None:
        newest = rows(self.local_x, "SELECT max(id) FROM posts WHERE author_id = ?", self.person_id)[0][0]
        with self.local_x.world.write() as tx:
            draft = compose.Draft(text=text, in_reply_to_id=newest)
            at_ms = self.hand.now_ms()
            compose.publish(
                tx, draft, author=self._brand(tx), app=None, post_id=self.local_x.ids.mint(at_ms), at_ms=at_ms
            )

    def invite(self) -> None:
        self.answer("Please write to us: https://x.com/messages/compose?recipient_id=1&text=Hello")

    def write(self, text: str = "Thank you, it is on its way.") -> None:
        with self.local_x.world.write() as tx:
            at_ms, whom = self.hand.now_ms(), people.get(tx, self.person_id)
            dm_id = self.local_x.ids.mint(at_ms)
            private.send(tx, text, dm_id=dm_id, sender_id=self._brand(tx)["id"], recipient=whom, at_ms=at_ms)


def said(local_x: LocalX, person_id: int) -> list[str]:
    public = rows(local_x, "SELECT id, 'post', deleted_at_ms IS NULL FROM posts WHERE author_id = ?", person_id)
    direct = rows(local_x, "SELECT id, 'dm', 1 FROM dms WHERE sender_id = ?", person_id)
    return [kind if stands else f"{kind} taken back" for _, kind, stands in sorted(public + direct)]


def test_two_runs_with_the_same_clock_are_the_same() -> None:
    worlds = []
    for _ in range(2):
        hand = Hand()
        local_x = make(hand, seed=7)
        run(local_x, hand, 900, 2.5)
        worlds.append(everything(local_x))
    assert worlds[0] == worlds[1]
    assert len(worlds[0][1]) > 15
    hand = Hand()
    other = make(hand, seed=8)
    run(other, hand, 900, 2.5)
    assert everything(other) != worlds[0]


@pytest.mark.parametrize("step_s", [0.25, 7, 45])
def test_how_often_somebody_looks_makes_no_difference(step_s: float) -> None:
    worlds = []
    for every in (1, step_s):
        hand = Hand()
        local_x = make(hand, speed=2)
        director.look(local_x)
        run(local_x, hand, 1800, every)
        worlds.append(everything(local_x))
    assert worlds[0] == worlds[1]


def test_a_process_that_ends_goes_on_where_it_was(tmp_path, hand: Hand) -> None:
    whole = make(hand, path=str(tmp_path / "whole.db"))
    run(whole, hand, 400)
    again = Hand()
    for part in range(8):
        torn = make(again, path=str(tmp_path / "torn.db"))
        run(torn, again, 50)
        if part < 7:
            torn.world.close()
    texts = "SELECT text, created_at_ms FROM posts ORDER BY created_at_ms, text"
    assert rows(torn, texts) == rows(whole, texts)


def test_the_first_stand_within_ten_seconds_and_three_within_half_a_minute(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 10)
    stories = "SELECT count(*) FROM posts WHERE created_at_ms >= ? AND author_id IN (SELECT person_id FROM stories)"
    assert rows(local_x, stories, START_MS)[0][0] >= 1
    run(local_x, hand, 20)
    assert rows(local_x, stories, START_MS)[0][0] >= 3


def test_there_is_a_past_with_waiting_times_of_many_lengths(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 1)
    times = [at for (at,) in rows(local_x, "SELECT created_at_ms FROM posts ORDER BY id")]
    assert times == sorted(times)
    assert min(times) < START_MS - 24 * 3_600_000
    assert sum(START_MS - 3_600_000 < at < START_MS for at in times) >= 3


def test_it_waits_when_the_brand_does_nothing(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 5400, 10)
    before = rows(local_x, "SELECT count(*) FROM people")[0][0]
    run(local_x, hand, 600, 10)
    assert rows(local_x, "SELECT count(*) FROM people")[0][0] == before, "nobody new while so many wait"
    run(local_x, hand, 12 * 3600, 30)
    night = rows(local_x, "SELECT count(*) FROM stories WHERE character <> 'chorus'")[0][0]
    assert night < 8 * (director.MOST_OPEN + 8)


def test_twice_the_speed_is_half_the_time() -> None:
    first = []
    for speed in (1.0, 4.0):
        hand = Hand()
        local_x = make(hand, speed=speed)
        run(local_x, hand, 120, 0.5)
        first.append(
            min(at for (at,) in rows(local_x, "SELECT created_at_ms FROM posts WHERE created_at_ms > ?", START_MS))
        )
    assert (first[0] - START_MS) > 2 * (first[1] - START_MS)


def test_nothing_happens_while_it_is_paused(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 30)
    with local_x.world.write() as tx:
        director.set_bill(tx, replace(director.bill(tx), paused=True))
    before = everything(local_x)
    run(local_x, hand, 600, 5)
    assert everything(local_x) == before


def test_after_a_pause_they_do_not_all_speak_at_once(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 60)
    firsts = "SELECT count(*) FROM stories WHERE character NOT IN ('chorus', 'sharer')"
    before = rows(local_x, firsts)[0][0]
    hand.at_ms += 6 * 3_600_000
    run(local_x, hand, 30)
    assert rows(local_x, firsts)[0][0] <= before + 1
    late = "SELECT count(*) FROM posts WHERE created_at_ms BETWEEN ? AND ?"
    assert rows(local_x, late, START_MS + 61_000, hand.at_ms - 31_000) == [(0,)], "nobody wrote while it was off"


def test_an_invitation_is_not_lost_on_who_is_just_typing(local_x: LocalX, hand: Hand) -> None:
    """The public answer first, the invitation right behind it: what the desk itself advises."""
    person = cast_one(local_x, hand, "lost_parcel")
    agent = Agent(local_x, hand, person)
    agent.answer()
    run(local_x, hand, 2)
    agent.invite()
    run(local_x, hand, 60)
    assert said(local_x, person) == ["post", "post", "dm"]


def test_thanks_go_to_who_answered(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "fan")
    Agent(local_x, hand, person).answer("Thank you!")
    run(local_x, hand, 30)
    (answered,) = rows(local_x, "SELECT in_reply_to_user_id FROM posts WHERE author_id = ? ORDER BY id DESC", person)[0]
    assert rows(local_x, "SELECT username FROM people WHERE id = ?", answered) == [(BRAND,)]


def test_those_who_had_waited_react_too(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 1)
    (olaf,) = rows(local_x, "SELECT id FROM people WHERE username = 'olaf_example'")[0]
    (lena,) = rows(local_x, "SELECT id FROM people WHERE username = 'lena_example'")[0]
    assert said(local_x, lena) == ["post", "dm"]
    run(local_x, hand, 1200, 5)
    Agent(local_x, hand, olaf).invite()
    Agent(local_x, hand, lena).write()
    run(local_x, hand, 30)
    assert said(local_x, olaf) == ["post", "dm"]
    assert said(local_x, lena) == ["post", "dm", "dm"]


def test_a_slip_is_corrected_and_the_answer_still_finds_them(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "corrects_it")
    run(local_x, hand, 60)
    texts = [text for (text,) in rows(local_x, "SELECT text FROM posts WHERE author_id = ? ORDER BY id", person)]
    assert ["83" in text for text in texts] == [True, False]
    assert len(rows(local_x, "SELECT 1 FROM edits")) == 1
    Agent(local_x, hand, person).invite()
    run(local_x, hand, 30)
    assert said(local_x, person)[-1] == "dm"


def test_a_post_spreads(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "angry_traveller")
    run(local_x, hand, 140)
    (first,) = rows(local_x, "SELECT min(id) FROM posts WHERE author_id = ?", person)[0]
    assert rows(local_x, "SELECT count(*) FROM posts WHERE quoted_id = ?", first) == [(2,)]
    assert rows(local_x, "SELECT count(*) FROM posts WHERE in_reply_to_id = ?", first) == [(3,)]


def test_a_lost_parcel_takes_the_invitation_sends_a_photo_and_thanks(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "lost_parcel")
    agent = Agent(local_x, hand, person)
    assert said(local_x, person) == ["post"]
    agent.invite()
    run(local_x, hand, 30)
    assert said(local_x, person) == ["post", "dm"]
    assert rows(local_x, "SELECT media_id IS NOT NULL FROM dms WHERE sender_id = ?", person) == [(1,)]
    agent.write()
    run(local_x, hand, 30)
    assert said(local_x, person) == ["post", "dm", "dm"]
    run(local_x, hand, 900, 5)
    assert said(local_x, person) == ["post", "dm", "dm"]


def test_silence_makes_sharper_and_then_they_leave(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "lost_parcel", "de")
    run(local_x, hand, 300)
    assert said(local_x, person) == ["post", "post"]
    run(local_x, hand, 300)
    assert said(local_x, person) == ["post", "post", "post"]
    texts = [text for (text,) in rows(local_x, "SELECT text FROM posts WHERE author_id = ? ORDER BY id", person)]
    assert "woanders" in texts[-1]


def test_who_gave_too_much_away_takes_it_back(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "gives_too_much_away")
    assert "mia_example@example.org" in rows(local_x, "SELECT text FROM posts WHERE author_id = ?", person)[0][0]
    Agent(local_x, hand, person).answer("Please do not post your address here.")
    run(local_x, hand, 60)
    assert said(local_x, person) == ["post taken back", "dm"]


def test_somebody_blocks_after_two_messages(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "blocks_after_two")
    agent = Agent(local_x, hand, person)
    agent.invite()
    run(local_x, hand, 30)
    for _ in range(2):
        agent.write()
        run(local_x, hand, 30)
    assert said(local_x, person) == ["post", "dm", "dm"]
    assert len(rows(local_x, "SELECT 1 FROM blocks WHERE source_id = ?", person)) == 1
    with pytest.raises(Exception, match=r"403|not allow|permi|cannot"):
        agent.write()


def test_an_outage_is_ten_people_in_one_thread(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "outage", "sv")
    run(local_x, hand, 300)
    first = rows(local_x, "SELECT min(id) FROM posts WHERE author_id = ?", person)[0][0]
    authors = rows(local_x, "SELECT DISTINCT author_id FROM posts WHERE conversation_id = ?", first)
    assert len(authors) == 10, said(local_x, person)
    one = next(author for (author,) in authors if author != person)
    Agent(local_x, hand, one).answer()
    run(local_x, hand, 30)
    assert said(local_x, one) == ["post", "post"]


def test_one_never_mentions_but_quotes(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "only_quotes")
    text, quoted = rows(local_x, "SELECT written, quoted_id FROM posts WHERE author_id = ?", person)[0]
    assert quoted is not None
    assert f"@{BRAND}" not in text


def test_stop_is_said_in_private(local_x: LocalX, hand: Hand) -> None:
    person = cast_one(local_x, hand, "says_stop", "it")
    Agent(local_x, hand, person).write("Yes, and in green, too! Look at our new jackets.")
    run(local_x, hand, 30)
    assert rows(local_x, "SELECT text FROM dms WHERE sender_id = ? ORDER BY id", person)[-1] == ("Basta",)


@pytest.mark.parametrize("character", [one.name for one in CHARACTERS])
def test_every_story_comes_to_an_end_whatever_the_brand_does(local_x: LocalX, hand: Hand, character: str) -> None:
    for language in ("en", "id"):
        person = cast_one(local_x, hand, character, language)
        agent = Agent(local_x, hand, person)
        for deed in (agent.answer, agent.invite, agent.write, agent.write):
            try:
                deed()
            except Exception as refused:  # nobody to answer, nobody to write to: as at X
                assert hasattr(refused, "status") or isinstance(refused, TypeError)
            run(local_x, hand, 60, 2)
    run(local_x, hand, 3600, 20)
    assert rows(local_x, "SELECT count(*) FROM stories WHERE ended = 0 AND due_ms IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("language", lines.LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    keys = {step.line for one in (*CHARACTERS, *OTHERS) for step in one.steps.values() if step.line}
    keys |= {one.chorus_line for one in CHARACTERS if one.chorus_line}
    assert set(lines.LANGUAGES[language].LINES) == keys
    assert len(lines.names(language)) == len(set(lines.names(language))) >= 10
    for key in keys:
        for text in lines.variants(language, key):
            filled = text.format(brand="@acme_example", me="somebody_example")
            assert weight.weigh(filled) <= 280, key
            assert set(re.findall(r"[\w-]+\.(?:com|org|net|io|de)\b", filled)) <= {"example.com", "example.org"}, key
            assert set(re.findall(r"@(\w+)(?!\.)\b", filled.replace("@example.org", ""))) <= {"acme_example"}, key
    assert all(re.fullmatch(r"[a-z]{2,7}", name.lower()) for name in lines.names(language))


def test_characters_lead_somewhere_they_have() -> None:
    for one in (*CHARACTERS, *OTHERS):
        for step in one.steps.values():
            assert set(step.then.values()) <= set(one.steps)
            assert not step.picture or pictures.picture(step.picture)[:2] == b"\xff\xd8"
        reached = {"open"} | {name for step in one.steps.values() for name in step.then.values()}
        assert reached == set(one.steps)
    assert {one.name for one in (*CHARACTERS, *OTHERS)} == set(BY_NAME)


def test_the_stranger_refused_by_x_goes(local_x: LocalX, hand: Hand) -> None:
    """A second identical text within a day is X's 403; the cast takes it as anybody would."""
    for _ in range(2):
        cast_one(local_x, hand, "spammer")
    with local_x.world.write() as tx:
        tx.execute("UPDATE stories SET ended = 0, due_ms = ?, step = 'open'", (hand.now_ms(),))
    run(local_x, hand, 5)
    assert rows(local_x, "SELECT count(*) FROM stories WHERE ended = 0") == [(0,)]


def test_ids_rise_with_time(local_x: LocalX, hand: Hand) -> None:
    run(local_x, hand, 600, 2)
    live = rows(local_x, "SELECT id, created_at_ms FROM posts WHERE created_at_ms > ? ORDER BY id", START_MS)
    assert all(one[1] <= two[1] + 1500 for one, two in pairwise(live))


def test_cues_and_deeds_are_all_used() -> None:
    steps = [step for one in (*CHARACTERS, *OTHERS) for step in one.steps.values()]
    assert {cue for step in steps for cue in step.then} == set(Cue)
    assert {step.deed for step in steps} == set(Deed)
    assert character_of  # the public name that stories are read by
