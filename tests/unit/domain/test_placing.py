"""Law 1 and law 4 for placing: the order of arrival never matters, and a customer has one unsplit open conversation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from careline.domain.placing import NEW, Item, Offer, Standing, place
from careline.domain.words import Ending, Kind, State

HOUR = 3_600_000
REOPEN = 72 * HOUR


def post(ref: str, at: int, *, asks: bool = True, thread: str = "t1", parent: str | None = None, inbound: bool = True):
    return Item(ref, (at, 0), Kind.POST, inbound, asks, thread, None, parent)


def dm(ref: str, at: int, *, account: str = "us", inbound: bool = True):
    return Item(ref, (at, 0), Kind.DM, inbound, account=account)


def resolved(id_: int, at: int, **fields):
    return Standing(id_, State.RESOLVED, fields.pop("ending", Ending.DONE), at, **fields)


def test_law_4_a_first_question_opens_and_what_follows_in_the_thread_joins():
    placed = place([], [post("a", 1), post("b", 2, asks=False), dm("c", 3)], reopen_ms=REOPEN)
    assert placed.homes == {"a": NEW, "b": NEW, "c": NEW}
    assert placed.opened_by == "a"


def test_law_4_a_post_that_does_not_ask_us_is_context_only():
    placed = place([], [post("a", 1, asks=False)], reopen_ms=REOPEN)
    assert placed.homes == {}
    assert placed.opened_by is None


def test_law_4_a_post_from_before_the_first_question_stays_context():
    placed = place([], [post("later", 5), post("earlier", 2, asks=False)], reopen_ms=REOPEN)
    assert placed.homes == {"later": NEW}


def test_a_message_soon_after_the_resolve_reopens_and_a_late_one_opens_a_linked_conversation():
    soon = place([resolved(7, 100)], [dm("a", 100 + REOPEN)], reopen_ms=REOPEN)
    late = place([resolved(7, 100)], [dm("a", 101 + REOPEN)], reopen_ms=REOPEN)
    assert soon.homes == {"a": 7}
    assert soon.reopened == {7: "a"}
    assert late.homes == {"a": NEW}
    assert late.prior == 7


def test_a_gap_filled_message_from_before_the_resolve_reopens_because_nobody_saw_it():
    placed = place([resolved(7, 10 * REOPEN)], [dm("a", 5)], reopen_ms=REOPEN)
    assert placed.reopened == {7: "a"}


def test_law_1_an_older_message_draws_a_provisional_conversation_back_into_the_one_it_reopens():
    late = dm("late", 200 + REOPEN)
    alone = place([resolved(7, 100)], [late], reopen_ms=REOPEN)
    together = place([resolved(7, 100)], [late, dm("soon", 150)], reopen_ms=REOPEN)
    assert alone.opened_by == "late"
    assert together.opened_by is None
    assert together.homes == {"late": 7, "soon": 7}


def test_spam_stays_shut_however_much_its_author_writes():
    placed = place([resolved(7, 100, ending=Ending.SPAM)], [dm("a", 200), post("b", 100 * REOPEN)], reopen_ms=REOPEN)
    assert placed.homes == {"a": 7, "b": 7}
    assert placed.reopened == {}


def test_law_4_a_dm_joins_the_live_handoff_first_then_the_conversation_with_dms_then_the_unsplit_one():
    split = Standing(8, State.OPEN, split=True, accounts=frozenset({"us"}))
    whole = Standing(9, State.PENDING)
    offer = Offer(1, 9, "us", 1000, 1000 + HOUR)
    assert place([split, whole], [dm("a", 2000)], [offer], reopen_ms=REOPEN).homes == {"a": 9}
    assert place([split, whole], [dm("a", 2000)], reopen_ms=REOPEN).homes == {"a": 8}
    assert place([split, whole], [dm("a", 2000, account="other")], reopen_ms=REOPEN).homes == {"a": 9}


def test_a_handoff_is_answered_once_by_the_first_dm_in_its_time():
    offer = Offer(1, 9, "us", 100_000, 100_000 + HOUR)
    standing = [Standing(9, State.PENDING)]
    early, first, second = dm("early", 10_000), dm("first", 150_000), dm("second", 160_000)
    placed = place(standing, [second, first, early], [offer], reopen_ms=REOPEN)
    assert placed.arrivals == {1: "first"}
    assert place(standing, [dm("x", 200_000 + HOUR)], [offer], reopen_ms=REOPEN).arrivals == {}


def test_our_own_post_joins_the_conversation_it_answers_and_opens_nothing():
    ours = post("ours", 2, inbound=False, asks=False, parent="a")
    assert place([], [ours], reopen_ms=REOPEN).homes == {}
    assert place([], [ours, post("a", 1)], reopen_ms=REOPEN).homes == {"a": NEW, "ours": NEW}


def test_our_own_dm_from_elsewhere_waits_for_the_conversation_that_their_answer_opens():
    placed = place([], [dm("ours", 1, inbound=False), dm("theirs", 2)], reopen_ms=REOPEN)
    assert placed.homes == {"ours": NEW, "theirs": NEW}
    assert placed.opened_by == "theirs"


def test_a_pending_conversation_wakes_when_its_customer_writes():
    assert place([Standing(7, State.PENDING)], [dm("a", 5)], reopen_ms=REOPEN).woken == {7: "a"}


accounts = st.sampled_from(["us", "us2"])
threads = st.sampled_from(["t1", "t2", "t3"])
times = st.integers(0, 5 * REOPEN)


@st.composite
def histories(draw):
    """Standings that could be, and messages that came since."""
    count = draw(st.integers(0, 4))
    standings, unsplit_open = [], False
    for number in range(1, count + 1):
        state = draw(st.sampled_from(list(State)))
        split = draw(st.booleans()) or (state is not State.RESOLVED and unsplit_open)
        unsplit_open = unsplit_open or (state is not State.RESOLVED and not split)
        ending = draw(st.sampled_from([Ending.DONE, Ending.SPAM])) if state is State.RESOLVED else Ending.NONE
        standings.append(
            Standing(
                number, state, ending, draw(times) if state is State.RESOLVED else None, split,
                frozenset(draw(st.sets(threads))), frozenset(draw(st.sets(accounts))),
            )
        )  # fmt: skip
    items = []
    for number in range(draw(st.integers(0, 9))):
        ref, at, inbound = f"m{number}", draw(times), draw(st.booleans())
        parent = draw(st.sampled_from([None, *(f"m{other}" for other in range(number))]))
        if draw(st.booleans()):
            items.append(post(ref, at, asks=draw(st.booleans()), thread=draw(threads), parent=parent, inbound=inbound))
        else:
            items.append(dm(ref, at, account=draw(accounts), inbound=inbound))
    offers = [
        Offer(number, draw(st.sampled_from(standings)).id, draw(accounts), (start := draw(times)), start + HOUR * 24)
        for number in range(draw(st.integers(0, 2)))
        if standings
    ]
    return standings, items, offers


@given(histories(), st.randoms(use_true_random=False))
def test_law_1_placing_is_a_function_of_the_set_of_messages(history, random):
    standings, items, offers = history
    shuffled = [*items]
    random.shuffle(shuffled)
    assert place(standings, items, offers, reopen_ms=REOPEN) == place(
        list(reversed(standings)), shuffled, offers, reopen_ms=REOPEN
    )


@given(histories())
def test_law_4_never_two_unsplit_open_conversations_and_no_private_message_without_a_home(history):
    standings, items, offers = history
    placed = place(standings, items, offers, reopen_ms=REOPEN)
    by_id = {one.id: one for one in standings}
    open_now = {one.id for one in standings if one.state is not State.RESOLVED} | placed.reopened.keys()
    unsplit = {one for one in open_now if not by_id[one].split} | ({NEW} if placed.opened_by else set())
    assert len(unsplit) <= 1
    assert all(item.ref in placed.homes for item in items if item.inbound and (item.asks or item.kind is Kind.DM))
    assert set(placed.homes.values()) <= by_id.keys() | {NEW}
