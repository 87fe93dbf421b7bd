"""Every order of fates, looks, kills and clicks that hypothesis can think of: nothing is doubled, everything ends."""

from __future__ import annotations

from itertools import count
from typing import Any, cast

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from careline.actions import outbox
from careline.actions.context import Desk
from careline.actions.errors import Conflict
from careline.actions.receive import Received, receive
from careline.channels.base import Channel
from careline.delivery.attempt import Post, work
from careline.domain.facts import DmSeen, Parsed, PostSeen
from careline.domain.words import ENDED, DeliveryState, Kind, Role
from careline.store.models import Message
from delivery.fake_x import FakeX, Killed, Look, Send
from delivery.scene import actor_in, answer, delivery_of, hear, state_of
from support.clock import FixedClock
from support.rows import make_account, make_workspace

pytestmark = pytest.mark.django_db

_seq = count(5_000_000)
ANSWER = st.tuples(st.integers(0, 3), st.sampled_from(["Hello", "Hello", "Bye"]))
#: When an effect begins to show (ms after it happened). What shows later than the desk waits for is found by a
#: person or comes back by itself. Only of a server error the desk itself concludes something, after a minute and a
#: half of looking; an effect of one that shows later than that is what no desk can tell from none.
LATE = st.sampled_from([0, 0, 4_000, 60_000, 600_000])
MOOD = st.tuples(st.sampled_from(Send), LATE, st.sampled_from([Look.WHOLE, *Look])).filter(
    lambda mood: mood[0] is not Send.SERVER_ERROR_AFTER or mood[1] <= 60_000
)
MOODS = st.lists(st.tuples(MOOD, st.sampled_from([0, 5, 30, 61])), min_size=1, max_size=5)
Mood = tuple[Send, int, Look]


class Outbox(RuleBasedStateMachine):
    """Two customers, two accounts, few texts (so that identical ones abound), and a network of any mood."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        self.clock = FixedClock()
        self.desk = Desk(clock=self.clock, poke=lambda _workspace_id: None)
        workspace = make_workspace()
        self.actor = actor_in(workspace, Role.AGENT)
        self.x = FakeX(now=self.clock.now_ms)
        self.post = Post(self.desk, {"x": cast("Channel", self.x)}, self.x.perform)
        accounts = [make_account(workspace), make_account(workspace)]
        self.heard = [
            hear(self.desk, account, customer=customer, kind=kind)
            for account, customer, kind in [
                (accounts[0], "1", Kind.DM),
                (accounts[0], "1", Kind.POST),
                (accounts[0], "2", Kind.DM),
                (accounts[1], "3", Kind.POST),
            ]
        ]
        self.messages: list[Message] = []

    def teardown(self) -> None:
        """Nothing of one run is there in the next."""
        try:
            self._everything_ends()
        finally:
            transaction.set_rollback(True)
            self.sandbox.__exit__(None, None, None)

    @initialize(answers=st.lists(ANSWER, min_size=2, max_size=5))
    def begin(self, answers: list[tuple[int, str]]) -> None:
        """Agents have answered."""
        for to, text in answers:
            self.answer((to, text))

    @rule(given=ANSWER)
    def answer(self, given: tuple[int, str]) -> None:
        """An agent answers."""
        if len(self.messages) < 8:
            to, text = given
            self.messages.append(answer(self.desk, self.actor, self.heard[to], text))

    @rule(seconds=st.sampled_from([61, 300, 4_000]))
    def time_passes(self, seconds: int) -> None:
        """Nobody works."""
        self.clock.advance(seconds=seconds)

    @rule(moods=MOODS)
    def work(self, moods: list[tuple[Mood, int]]) -> None:
        """A worker does the next things that are due, while X's mood changes and time goes on."""
        for mood, seconds in moods:
            self.x.fate, self.x.late_ms, self.x.sight = mood
            for lease in outbox.lease(self.desk, "worker", slots=1):
                self._work(lease)
            self.clock.advance(seconds=seconds)

    @rule(moods=MOODS, seconds=st.sampled_from([5, 61]), mood=MOOD)
    def dawdle(self, moods: list[tuple[Mood, int]], seconds: int, mood: Mood) -> None:
        """A worker takes something, sleeps while others work, and comes back to what may not be its any more."""
        held = outbox.lease(self.desk, "slow", slots=1)
        self.clock.advance(seconds=seconds)
        self.work(moods)
        self.x.fate, self.x.late_ms, self.x.sight = mood
        for lease in held:
            self._work(lease)

    @rule(which=st.integers(0, 30))
    def cancel(self, which: int) -> None:
        """An agent takes something back; of what needs a person only what they see is not there."""
        if message := self._one(which):
            if state_of(message) == DeliveryState.STUCK and self._effects(message):
                return
            try:
                outbox.cancel(self.desk, self.actor, message_id=message.pk)
            except Conflict:
                assert state_of(message) not in {DeliveryState.QUEUED, DeliveryState.LEASED}

    @rule(which=st.integers(0, 30))
    def retry(self, which: int) -> None:
        """An agent tries again what failed."""
        message = self._one(which)
        if message and state_of(message) == DeliveryState.FAILED:
            outbox.retry(self.desk, self.actor, message_id=message.pk)

    @rule(which=st.integers(0, 30))
    def decide(self, which: int) -> None:
        """A person has looked at X and says what is there."""
        message = self._one(which)
        if message and state_of(message) == DeliveryState.STUCK:
            self._decide(message)

    @rule(which=st.integers(0, 30))
    def comes_back(self, which: int) -> None:
        """X tells us of our own message, as it does of each once it shows, in order."""
        shown = [one for one in self.x.effects if one.visible_ms <= self.clock.now_ms()]
        if not shown:
            return
        one = shown[which % len(shown)]
        fact: DmSeen | PostSeen
        if one.message.recipient_id:
            ours = one.message.account_network_id
            fact = DmSeen(one.network_id, ours, one.message.recipient_id, one.message.text, one.created_ms)
        else:
            answered = next(heard for heard in self.heard if heard.network_id == one.message.reply_to_id)
            fact = PostSeen(
                one.network_id, one.message.account_network_id, one.message.text, one.created_ms,
                root_id=one.message.reply_to_id or "", reply_to_id=one.message.reply_to_id,
                reply_to_user_id=answered.author_network_id,
            )  # fmt: skip
        parsed = Parsed(one.message.account_network_id, (fact,))
        receive(self.desk, self.actor.workspace_id, [Received(next(_seq), parsed)])

    @invariant()
    def law_2_nothing_is_doubled(self) -> None:
        """However it went, X has each message at most once."""
        for key in {self._key(message) for message in self.messages}:
            wanted = sum(self._key(message) == key for message in self.messages)
            assert len([one for one in self.x.effects if self._key_of(one.message) == key]) <= wanted

    def _everything_ends(self) -> None:
        self.x.fate, self.x.sight, self.x.late_ms = Send.SENT, Look.WHOLE, 0
        for _ in range(80):
            if all(state_of(message) in ENDED for message in self.messages):
                break
            while leases := outbox.lease(self.desk, "last", slots=1):
                self._work(leases[0])
            for message in self.messages:
                if state_of(message) == DeliveryState.STUCK:
                    self._decide(message)
            self.clock.advance(seconds=31)
        self.law_2_nothing_is_doubled()
        ended = {message.pk: delivery_of(message) for message in self.messages}
        assert {row.state for row in ended.values()} <= ENDED
        for key in {self._key(message) for message in self.messages}:
            sent = [one for one in self.messages if self._key(one) == key and ended[one.pk].state == "sent"]
            really = [one for one in self.x.effects if self._key_of(one.message) == key]
            assert len(sent) == len(really)

    def _work(self, lease: outbox.Lease) -> None:
        try:
            work(self.post, lease)
        except Killed:
            return

    def _decide(self, message: Message) -> None:
        shown = [one.network_id for one in self._effects(message)]
        if not shown:
            outbox.send_again(self.desk, self.actor, message_id=message.pk)
            return
        listed = [one["network_id"] for one in delivery_of(message).evidence.get("shown", ())]
        known = next((network_id for network_id in shown if network_id in listed), "")
        outbox.mark_sent(self.desk, self.actor, message_id=message.pk, network_id=known)

    def _effects(self, message: Message) -> list[Any]:
        """What X really has of `message`, and has for no other: a person would count them, so does this."""
        key = self._key(message)
        bound = {one.network_id for one in Message.objects.filter(uid__isnull=False, network_id__isnull=False)}
        free = [one for one in self.x.effects if self._key_of(one.message) == key and one.network_id not in bound]
        on_trust = [one for one in self.messages if self._key(one) == key and _on_trust(one)]
        return free[len(on_trust) :]

    def _one(self, which: int) -> Message | None:
        return self.messages[which % len(self.messages)] if self.messages else None

    def _key(self, message: Message) -> tuple[str, str, str, str]:
        to = message.reply_to_id if message.kind == Kind.POST else str(message.identity and message.identity.network_id)
        return (message.kind, message.author_network_id, to, message.text)

    def _key_of(self, sent: Any) -> tuple[str, str, str, str]:
        return (sent.kind, sent.account_network_id, sent.reply_to_id or sent.recipient_id, sent.text)


def _on_trust(message: Message) -> bool:
    """Whether a person said that it was sent without saying which of what X shows it is."""
    message.refresh_from_db()
    return message.network_id is None and state_of(message) == DeliveryState.SENT


def test_law_2_whatever_happens_no_message_is_sent_twice_and_each_one_ends(db: None) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Outbox,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
