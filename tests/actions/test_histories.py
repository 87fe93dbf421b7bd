"""Laws 1, 4 and 7 over random histories: shuffled, doubled and re-batched events between the same actions of people
give the same desk; the two logs rebuild it; nothing points across workspaces.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.network import dm, gone, post, told
from careline.actions.bind import bind_sent
from careline.actions.context import Actor, Desk
from careline.actions.converse import direct, invite, note, reply
from careline.actions.decisions import writing
from careline.actions.errors import ActionError
from careline.actions.rebuild import rebuild
from careline.actions.receive import receive
from careline.actions.split import split
from careline.actions.steer import ignore, mark_spam, reopen, resolve
from careline.actions.workspace import change_settings
from careline.domain.facts import PostSeen
from careline.domain.words import Direction, State
from careline.ports.event_log import LoggedEvent
from careline.store.models import Account, Conversation, Message
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from support.clock import MORNING_MS, FixedClock
from support.databases import both_databases
from support.rows import make_account, make_membership, make_user, make_workspace

HOUR = 3_600_000
CUSTOMERS = ("501", "502", "503")
US = ("901", "902")
WORDS = ("Where is it?", "stop", "Order 4711", "Thanks", "???")


@dataclass
class Told:
    """What has been said at the network so far; ids and times rise together."""

    facts: list = field(default_factory=list)
    posts: list[PostSeen] = field(default_factory=list)
    at: int = 0


@st.composite
def said(draw, so_far: Told):
    """One more thing that happens at the network."""
    so_far.at += draw(st.sampled_from([1, 1000, HOUR, 30 * HOUR, 80 * HOUR]))
    number, author = so_far.at, draw(st.sampled_from([*CUSTOMERS, *CUSTOMERS, US[0]]))
    what = draw(st.sampled_from(["post", "post", "answer", "answer", "dm", "dm", "delete", "quote"]))
    if what == "dm":
        ours, theirs = draw(st.sampled_from(US)), draw(st.sampled_from(CUSTOMERS))
        pair = (ours, theirs) if draw(st.booleans()) else (theirs, ours)
        return dm(number, *pair, draw(st.sampled_from(WORDS)))
    if what == "delete" and so_far.posts:
        return gone(int(draw(st.sampled_from(so_far.posts)).id))
    mentions = draw(st.lists(st.sampled_from(US), max_size=1))
    text = draw(st.sampled_from(WORDS))
    if what in ("answer", "quote") and so_far.posts:
        parent = draw(st.sampled_from(so_far.posts))
        if what == "quote":
            made = post(number, author, text, mentions=mentions, quoted_id=parent.id)
        else:
            made = post(
                number, author, text, mentions=mentions, reply_to=int(parent.id), root=int(parent.root_id),
                reply_to_user_id=parent.author_id,
            )  # fmt: skip
    else:
        made = post(number, author, text, mentions=mentions)
    so_far.posts.append(made)
    return made


ACTIONS = ("resolve", "reopen", "spam", "ignore", "split", "reply", "invite", "direct", "note", "settings", "by hand")


@st.composite
def histories(draw):
    """Segments: what is said, then what a person does (verb, which conversation, a number for choices within)."""
    so_far = Told()
    segments = []
    for number in range(draw(st.integers(1, 4))):
        facts = [draw(said(so_far)) for _ in range(draw(st.integers(0, 6)))]
        so_far.at += 1000
        act = (draw(st.sampled_from(ACTIONS)), draw(st.integers(0, 5)), draw(st.integers(0, 5)))
        segments.append((facts, so_far.at, number, act))
    return segments


class Run:
    """One desk to which a history happens."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.desk = Desk(self.clock, lambda _workspace_id: None)
        self.workspace = make_workspace()
        self.accounts = [make_account(self.workspace, network_id=one) for one in US]
        user = make_user()
        make_membership(self.workspace, user)
        self.user = user
        self.actor = Actor(self.workspace.id, user.id)
        self.log: list = []

    def hear(self, facts, cut: int) -> None:
        for start in range(0, len(facts), cut):
            events = [told(one, account_id=US[0]) for one in facts[start : start + cut]]
            self.log += events
            receive(self.desk, self.workspace.id, events)

    def act(self, at: int, number: int, act) -> None:
        verb, which, choice = act
        self.clock.advance(MORNING_MS + at - self.clock.now_ms())
        named = sorted((first, one) for one, first in self._named().items())
        if not named:
            return
        conversation_id = named[which % len(named)][1]
        messages = list(
            scoped(Message, self.workspace.id)
            .filter(conversation_id=conversation_id, network_id__isnull=False)
            .order_by("network_id")
        )
        chosen = messages[choice % len(messages)] if messages else None
        uid = UUID(int=number + 1)
        try:
            self._do(verb, conversation_id, chosen, uid, at, number)
        except ActionError:
            return

    def _named(self) -> dict[int, str]:
        rows = scoped(Message, self.workspace.id).filter(conversation__isnull=False, network_id__isnull=False)
        first: dict[int, str] = {}
        for conversation_id, network_id in rows.values_list("conversation_id", "network_id"):
            first[conversation_id] = min(first.get(conversation_id, "~"), network_id.zfill(20))
        return first

    def _do(self, verb, conversation_id, chosen, uid, at, number) -> None:
        desk, actor = self.desk, self.actor
        simple = {"resolve": resolve, "reopen": reopen, "spam": mark_spam, "ignore": ignore}
        if verb in simple:
            simple[verb](desk, actor, conversation_id=conversation_id)
        elif verb == "split":
            split(desk, actor, conversation_id=conversation_id, message_ids=[chosen.id])
        elif verb == "settings":
            change_settings(
                desk, actor, name="Acme", signature=False, undo_send_s=0, reopen_hours=(1, 72, 200)[number % 3],
                handoff_hours=(1, 30, 168)[at % 3], stop_words=WORDS[number % 4 : number % 4 + 1],
            )  # fmt: skip
        elif verb == "note":
            note(desk, actor, conversation_id=conversation_id, text="n", uid=uid)
        else:
            common = {"conversation_id": conversation_id, "text": f"answer {number}", "uid": uid}
            if verb == "direct":
                account = scoped(Account, self.workspace.id).get(network_id=US[0])
                sent = direct(desk, actor, account_id=account.id, **common)
            elif verb == "reply":
                sent = reply(desk, actor, answers_id=chosen.id, confirmed=True, **common)
            elif verb == "by hand":
                sent = reply(desk, actor, answers_id=chosen.id, confirmed=True, by_hand=True, **common)
                self._posted_by_hand(sent, at + 500)
                return
            else:
                sent = invite(desk, actor, answers_id=chosen.id, first_line="", confirmed=True, **common)
            with writing(desk, Actor(self.workspace.id)) as journal:
                bind_sent(journal, sent, str(at + 500), MORNING_MS + at + 500)

    def _posted_by_hand(self, sent: Message, number: int) -> None:
        if sent.kind == "post":
            root = sent.thread.root_id
            self.hear([post(number, sent.author_network_id, sent.text, reply_to=int(sent.reply_to_id), root=root)], 1)

    def dump(self):
        found = dump(self.workspace.id)
        for row in found["messages"]:
            row["by"] = None
        return found


@both_databases
@pytest.mark.django_db
@given(history=histories(), random=st.randoms(use_true_random=False), cut=st.integers(1, 7))
@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_law_1_shuffled_doubled_and_rebatched_events_give_the_same_desk(database, history, random, cut):
    straight, shaken = Run(), Run()
    for facts, at, number, act in history:
        straight.hear(facts, 200)
        straight.act(at, number, act)
        shuffled = [*facts, *random.sample(facts, k=len(facts) // 2)]
        random.shuffle(shuffled)
        shaken.hear(shuffled, cut)
        shaken.act(at, number, act)
    assert shaken.dump() == straight.dump()
    _assert_law_4(shaken.workspace.id)


class Recorded:
    """A raw log and a channel in one: events as they were received, to be read again."""

    def __init__(self, run: Run) -> None:
        self.events = {one.seq: one for one in run.log}
        self.workspace_id = run.workspace.id

    def read(self, after: int, limit: int) -> list[LoggedEvent]:
        seqs = [seq for seq in sorted(self.events) if seq > after][:limit]
        return [LoggedEvent(seq, self.workspace_id, 1, "x", "stream", 0, str(seq).encode()) for seq in seqs]

    def parse(self, payload: bytes):
        return self.events[int(payload)].parsed


@both_databases
@pytest.mark.django_db
@given(history=histories())
@settings(
    max_examples=30, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_law_1_the_raw_log_and_the_decision_log_rebuild_the_desk(database, history):
    run = Run()
    for facts, at, number, act in history:
        run.hear(facts, 200)
        run.act(at, number, act)
    before = run.dump()
    logs = Recorded(run)
    rebuild(run.workspace.id, log=logs, channels={"x": logs}, now_ms=run.clock.now_ms())
    assert run.dump() == before


def _assert_law_4(workspace_id: int) -> None:
    open_unsplit = scoped(Conversation, workspace_id).exclude(state=State.RESOLVED).filter(split=False)
    customers = list(open_unsplit.values_list("customer_id", flat=True))
    assert len(customers) == len(set(customers))
    private = scoped(Message, workspace_id).filter(kind="dm", direction=Direction.IN)
    assert not private.filter(conversation=None).exists()


@pytest.mark.django_db
def test_law_1_what_nobody_acts_on_is_settled_by_the_desk_in_the_end_and_rebuilds(monkeypatch):
    monkeypatch.setattr("careline.actions.placing.place.PATIENCE", 20)
    run = Run()
    run.hear([dm(number, CUSTOMERS[0], US[0], f"line {number}") for number in range(1, 101)], 7)
    floating = scoped(Message, run.workspace.id).filter(settled=False)
    assert floating.count() <= 20
    assert scoped(Conversation, run.workspace.id).get().messages.count() == 100
    before, logs = run.dump(), Recorded(run)
    rebuild(run.workspace.id, log=logs, channels={"x": logs}, now_ms=run.clock.now_ms())
    assert run.dump() == before
    assert floating.count() <= 20
