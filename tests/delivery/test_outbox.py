"""The outbox, state by state: what an agent sees happen to a message, and what may never happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from careline.actions import outbox
from careline.actions.context import Actor, Desk
from careline.actions.errors import Conflict, Denied, Invalid, NotFound
from careline.actions.outbox.rows import on_the_way
from careline.actions.receive import Received, receive
from careline.channels.base import Sent, Throttled, Unknown
from careline.delivery.attempt import Post, work
from careline.domain.facts import DmSeen, Parsed
from careline.domain.ids import make_id
from careline.domain.words import DeliveryState, Kind
from careline.store.models import Account, Change, Decision, Message, RateWindow
from careline.store.scoped import scoped
from delivery.fake_x import FakeX, Look, Send
from delivery.scene import answer, delivery_of, hear, state_of
from support.databases import both_databases
from support.rows import make_account, make_workspace

pytestmark = [both_databases, pytest.mark.django_db, pytest.mark.usefixtures("database")]
Drain = Callable[[], int]


def verbs(message: Message) -> list[str]:
    """The decisions about the delivery of `message`, in order."""
    rows = scoped(Decision, message.workspace_id).order_by("seq")
    return [row.verb for row in rows if row.data.get("uid") == str(message.uid)][1:]


def test_a_message_leaves_and_carries_the_networks_id(
    desk: Desk, agent: Actor, account: Account, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account), "Good morning")
    drain()
    message.refresh_from_db()
    assert [one.message.text for one in x.effects] == ["Good morning"]
    assert message.network_id == x.effects[0].network_id
    assert state_of(message) == DeliveryState.SENT
    assert verbs(message) == ["sent"]


def test_what_x_refuses_for_good_has_failed_with_its_words_and_can_be_tried_again(
    desk: Desk, agent: Actor, account: Account, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate = Send.REFUSED
    drain()
    delivery = delivery_of(message)
    assert (delivery.state, delivery.reason, delivery.detail) == ("failed", "refused", "You are not permitted.")
    assert delivery.message.void
    assert delivery.ended_ms == desk.clock.now_ms()

    x.fate = Send.SENT
    outbox.retry(desk, agent, message_id=message.pk)
    outbox.retry(desk, agent, message_id=message.pk)
    drain()
    assert state_of(message) == DeliveryState.SENT
    assert len(x.effects) == 1
    assert verbs(message) == ["failed", "retried", "sent"]


def test_a_closed_window_holds_all_of_the_account_and_kind_until_the_reset(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    first = answer(desk, agent, hear(desk, account, customer="1"))
    second = answer(desk, agent, hear(desk, account, customer="2"))
    public = answer(desk, agent, hear(desk, account, customer="3", kind=Kind.POST))
    elsewhere = answer(desk, agent, hear(desk, make_account(account.workspace), customer="4"))
    x.fate = Send.THROTTLED
    until_ms = clock.now_ms() + 300_000
    lease = outbox.lease(desk, "worker", slots=1)[0]
    assert outbox.begin(desk, lease)
    outbox.settle(desk, lease, Throttled(until_ms))
    later = answer(desk, agent, hear(desk, account, customer="5"))
    for held in (first, second, later):
        delivery = delivery_of(held)
        assert (delivery.state, delivery.not_before_ms, delivery.reason) == ("queued", until_ms, "throttled")

    x.fate = Send.SENT
    drain()
    assert [state_of(one) for one in (public, elsewhere)] == [DeliveryState.SENT] * 2
    assert [state_of(one) for one in (first, second, later)] == [DeliveryState.QUEUED] * 3
    clock.advance(seconds=300)
    drain()
    assert [state_of(one) for one in (first, second, later)] == [DeliveryState.SENT] * 3


def test_an_apps_window_holds_all_of_its_accounts(
    desk: Desk, agent: Actor, account: Account, clock: Any, drain: Drain
) -> None:
    first = answer(desk, agent, hear(desk, account, customer="1"))
    sibling = answer(desk, agent, hear(desk, make_account(account.workspace, app=account.app), customer="2"))
    stranger = answer(desk, agent, hear(desk, make_account(account.workspace), customer="3"))
    until_ms = clock.now_ms() + 3_600_000
    RateWindow.objects.create(
        id=make_id(1), workspace=account.workspace, owner=f"app:{account.app_id}",
        endpoint="POST /2/dm_conversations/with/:id/messages", limit=1440, remaining=0, reset_ms=until_ms,
    )  # fmt: skip
    lease = outbox.lease(desk, "worker", slots=1)[0]
    assert outbox.begin(desk, lease)
    outbox.settle(desk, lease, Throttled(until_ms))
    drain()
    assert [delivery_of(one).not_before_ms for one in (first, sibling)] == [until_ms] * 2
    assert state_of(stranger) == DeliveryState.SENT


def test_a_passing_refusal_backs_off_further_each_time_and_is_given_up_after_a_day(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    began_ms = clock.now_ms()
    x.fate = Send.REFUSED_FOR_NOW
    waits = []
    while (drain(), delivery_of(message))[1].state == DeliveryState.QUEUED:
        delivery = delivery_of(message)
        assert (delivery.reason, delivery.detail) == ("unreachable", "Connection refused")
        waits.append(delivery.not_before_ms - clock.now_ms())
        clock.advance(waits[-1])
    assert waits[:6] == [5_000, 30_000, 120_000, 600_000, 1_800_000, 1_800_000]
    assert state_of(message) == DeliveryState.FAILED
    assert 24 * 3_600_000 <= clock.now_ms() - began_ms < 25 * 3_600_000


def test_no_answer_is_looked_up_and_found(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate, x.late_ms = Send.LOST_AFTER, 60_000
    drain()
    assert state_of(message) == DeliveryState.UNKNOWN
    for _ in range(4):
        clock.advance(seconds=30)
        drain()
    assert state_of(message) == DeliveryState.SENT
    assert len(x.sends) == 1
    message.refresh_from_db()
    assert message.network_id == x.effects[0].network_id


def until_stuck(message: Message, clock: Any, drain: Drain) -> None:
    for _ in range(30):
        drain()
        if state_of(message) == DeliveryState.STUCK:
            return
        clock.advance(seconds=10)
    raise AssertionError(f"still {state_of(message)}")


def test_silence_and_nothing_to_see_needs_a_person_after_a_minute_and_a_half(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate = Send.LOST
    began_ms = clock.now_ms()
    until_stuck(message, clock, drain)
    assert clock.now_ms() - began_ms >= 90_000
    assert delivery_of(message).reason == "no_answer"
    assert len(x.sends) == 1

    x.fate = Send.SENT
    outbox.send_again(desk, agent, message_id=message.pk)
    drain()
    assert state_of(message) == DeliveryState.SENT
    assert len(x.effects) == 1
    assert verbs(message) == ["retried", "sent"]


def test_send_again_looks_once_more_and_does_not_send_what_shows_by_then(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate, x.late_ms = Send.LOST_AFTER, 3_600_000
    until_stuck(message, clock, drain)
    clock.advance(hours=1)
    outbox.send_again(desk, agent, message_id=message.pk)
    drain()
    assert state_of(message) == DeliveryState.SENT
    assert len(x.sends) == 1


def test_a_server_error_is_sent_again_only_when_whole_looks_show_nothing(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate, x.sight = Send.SERVER_ERROR, Look.PARTIAL
    for _ in range(12):
        drain()
        clock.advance(seconds=30)
    assert len(x.sends) == 1
    x.fate, x.sight = Send.SENT, Look.WHOLE
    for _ in range(12):
        drain()
        clock.advance(seconds=30)
    assert len(x.sends) == 2
    assert state_of(message) == DeliveryState.SENT


def test_the_effect_of_a_server_error_that_shows_after_a_minute_is_not_doubled(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate, x.late_ms = Send.SERVER_ERROR_AFTER, 70_000
    for _ in range(20):
        drain()
        clock.advance(seconds=7)
    assert state_of(message) == DeliveryState.SENT
    assert len(x.sends) == 1


def test_x_saying_duplicate_of_what_nobody_answered_for_means_look_again(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account, kind=Kind.POST))
    x.fate, x.late_ms = Send.SERVER_ERROR_AFTER, 180_000
    for _ in range(20):
        x.fate = Send.SERVER_ERROR_AFTER if not x.sends else Send.DUPLICATE
        drain()
        clock.advance(seconds=20)
    assert len(x.effects) == 1
    assert state_of(message) == DeliveryState.SENT


def test_where_nobody_can_look_a_person_is_asked_within_ten_minutes(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate, x.sight = Send.LOST, Look.BROKEN
    began_ms = clock.now_ms()
    for _ in range(200):
        drain()
        clock.advance(seconds=5)
        if state_of(message) == DeliveryState.STUCK:
            break
    delivery = delivery_of(message)
    assert (delivery.state, delivery.reason, delivery.detail) == ("needs_person", "cannot_look", "You may not look.")
    assert clock.now_ms() - began_ms <= 610_000


def test_a_person_says_which_of_what_x_shows_it_is(
    post: Post, desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    heard = hear(desk, account)
    before = answer(desk, agent, heard, "Hello")
    drain()
    message = answer(desk, agent, heard, "Good morning!")
    x.fate = Send.LOST_AFTER
    lease = outbox.lease(desk, "worker", slots=1)[0]
    # X shows it with other words than the desk sent: only a person can tell.
    work(post, lease)
    x.effects[-1] = replace(x.effects[-1], message=replace(x.effects[-1].message, text="Good m*rning!"))
    until_stuck(message, clock, drain)

    shown = [one["network_id"] for one in delivery_of(message).evidence["shown"]]
    before.refresh_from_db()
    assert shown == [before.network_id, x.effects[-1].network_id]
    with pytest.raises(Invalid):
        outbox.mark_sent(desk, agent, message_id=message.pk, network_id="12345")
    with pytest.raises(Conflict):
        outbox.mark_sent(desk, agent, message_id=message.pk, network_id=shown[0])
    for _ in range(2):
        outbox.mark_sent(desk, agent, message_id=message.pk, network_id=shown[1])
    message.refresh_from_db()
    assert message.network_id == shown[1]
    assert state_of(message) == DeliveryState.SENT
    assert verbs(message) == ["sent"]


def test_a_person_says_that_it_was_sent_although_x_shows_nothing(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    x.fate = Send.LOST
    until_stuck(message, clock, drain)
    outbox.mark_sent(desk, agent, message_id=message.pk)
    assert state_of(message) == DeliveryState.SENT
    assert verbs(message) == ["sent"]


def test_what_has_not_left_can_be_cancelled_and_stays_visible(
    desk: Desk, agent: Actor, account: Account, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    lease = outbox.lease(desk, "worker", slots=1)[0]
    outbox.cancel(desk, agent, message_id=message.pk)
    outbox.cancel(desk, agent, message_id=message.pk)
    assert not outbox.begin(desk, lease)
    drain()
    message.refresh_from_db()
    assert state_of(message) == DeliveryState.CANCELLED
    assert message.text == "We are on it."
    assert message.void
    assert x.sends == []
    assert verbs(message) == ["cancelled"]


def test_what_is_leaving_can_not_be_cancelled(desk: Desk, agent: Actor, account: Account, drain: Drain) -> None:
    message = answer(desk, agent, hear(desk, account))
    assert outbox.begin(desk, outbox.lease(desk, "worker", slots=1)[0])
    with pytest.raises(Conflict):
        outbox.cancel(desk, agent, message_id=message.pk)
    with pytest.raises(Conflict):
        outbox.mark_sent(desk, agent, message_id=message.pk)


def test_roles_and_workspaces_are_kept(desk: Desk, agent: Actor, observer: Actor, account: Account) -> None:
    message = answer(desk, agent, hear(desk, account))
    verbs_of_people: list[Callable[..., Any]] = [outbox.cancel, outbox.retry, outbox.send_again, outbox.mark_sent]
    for verb in verbs_of_people:
        with pytest.raises(Denied):
            verb(desk, observer, message_id=message.pk)
        with pytest.raises(NotFound):
            verb(desk, Actor(make_workspace().pk, agent.user_id, agent.role), message_id=message.pk)
    assert state_of(message) == DeliveryState.QUEUED


def test_law_5_somebody_who_said_stop_meanwhile_is_not_messaged(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    heard = hear(desk, account)
    private = answer(desk, agent, heard)
    clock.advance(seconds=1)
    hear(desk, account, text="STOP!")
    drain()
    delivery = delivery_of(private)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, "stopped")
    assert x.sends == []


def test_one_person_gets_one_message_at_a_time_in_order_and_nobody_waits_for_another(
    post: Post, desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    heard = hear(desk, account, customer="1")
    texts = ["one", "two", "two", "three"]
    mine = [answer(desk, agent, heard, text) for text in texts]
    other = answer(desk, agent, hear(desk, account, customer="2"), "for another")
    leases = outbox.lease(desk, "worker", slots=9)
    assert len(leases) == 2
    x.fate = Send.LOST_AFTER
    for lease in leases:
        work(post, lease)
    x.fate = Send.SENT
    for _ in range(6):
        drain()
        clock.advance(seconds=10)
    sent = [one.message.text for one in x.effects if one.message.recipient_id == "1"]
    assert sent == texts
    for message in [*mine, other]:
        message.refresh_from_db()
    assert [one.network_id for one in mine] == [one.network_id for one in x.effects if one.message.recipient_id == "1"]


def test_an_account_that_hangs_leaves_room_for_the_others(desk: Desk, agent: Actor, account: Account) -> None:
    for number in range(6):
        answer(desk, agent, hear(desk, account, customer=str(number)))
    other = answer(desk, agent, hear(desk, make_account(account.workspace), customer="99"))
    leases = [*outbox.lease(desk, "worker", slots=4), *outbox.lease(desk, "worker", slots=4)]
    assert len(leases) == 3
    assert delivery_of(other).state == DeliveryState.LEASED


def test_our_own_message_coming_back_settles_it_and_the_late_answer_changes_nothing(
    desk: Desk, agent: Actor, account: Account, x: FakeX
) -> None:
    message = answer(desk, agent, hear(desk, account), "Good morning")
    lease = outbox.lease(desk, "worker", slots=1)[0]
    assert outbox.begin(desk, lease)
    echo = DmSeen("777", account.network_id, "70001", "Good morning", desk.clock.now_ms())
    receive(desk, account.workspace_id, [Received(1_000_000, Parsed(account.network_id, (echo,)))])
    assert state_of(message) == DeliveryState.SENT
    outbox.settle(desk, lease, Unknown("timed out"))
    outbox.settle(desk, lease, Sent("777"))
    message.refresh_from_db()
    assert (message.network_id, state_of(message)) == ("777", DeliveryState.SENT)
    assert scoped(Message, account.workspace_id).filter(network_id="777").count() == 1
    assert verbs(message) == ["sent"]


def test_an_answer_after_the_lease_ran_out_still_counts(
    desk: Desk, agent: Actor, account: Account, clock: Any, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    lease = outbox.lease(desk, "slow", slots=1)[0]
    assert outbox.begin(desk, lease)
    clock.advance(seconds=61)
    drain()
    assert state_of(message) == DeliveryState.UNKNOWN
    outbox.settle(desk, lease, Sent("778"))
    assert state_of(message) == DeliveryState.SENT


def test_a_lease_that_ran_out_before_the_beginning_is_simply_taken_again(
    desk: Desk, agent: Actor, account: Account, clock: Any, x: FakeX, drain: Drain
) -> None:
    message = answer(desk, agent, hear(desk, account))
    lease = outbox.lease(desk, "dead", slots=1)[0]
    drain()
    assert state_of(message) == DeliveryState.LEASED
    clock.advance(seconds=61)
    drain()
    assert state_of(message) == DeliveryState.SENT
    assert not outbox.begin(desk, lease)
    assert len(x.sends) == 1


def test_every_step_is_shown(desk: Desk, agent: Actor, account: Account, x: FakeX, drain: Drain) -> None:
    message = answer(desk, agent, hear(desk, account))

    def told() -> int:
        return scoped(Change, account.workspace_id).filter(what="message", message_id=message.pk).count()

    seen = told()
    lease = outbox.lease(desk, "worker", slots=1)[0]
    assert told() > seen
    seen = told()
    assert outbox.begin(desk, lease)
    assert told() > seen
    seen = told()
    outbox.settle(desk, lease, Unknown("timed out"))
    assert told() > seen
    seen = told()
    x.effects.clear()
    outbox.looked(desk, outbox.lease(desk, "worker", slots=1)[0], ours=None, shown=(), complete=True)
    assert told() > seen


def test_looking_for_work_does_not_read_all_that_was_ever_sent(desk: Desk, agent: Actor, account: Account) -> None:
    answer(desk, agent, hear(desk, account))
    plan = on_the_way(account.workspace_id).filter(not_before_ms__lte=desk.clock.now_ms()).explain()
    if connection.vendor == "sqlite":  # PostgreSQL's plan depends on how many rows there are
        assert "USING INDEX delivery_due" in plan
