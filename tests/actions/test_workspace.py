"""Settings of a workspace: who may change them, what is kept of it, and that replay decides under those of the time."""

from __future__ import annotations

from uuid import uuid4

import pytest

from actions.network import dm, hear, post
from actions.test_histories import Recorded, Run
from careline.actions.bind import bind_sent
from careline.actions.context import Actor
from careline.actions.converse import invite
from careline.actions.decisions import writing
from careline.actions.errors import Denied, Invalid
from careline.actions.rebuild import rebuild
from careline.actions.workspace import change_settings
from careline.domain.settings import STOP_WORDS, read_settings
from careline.domain.words import Kind
from careline.store.models import Conversation, Decision, Handoff, Identity
from support.clock import MORNING_MS

pytestmark = pytest.mark.django_db

HOUR = 3_600_000
AS_MADE = {
    "name": "Acme",
    "signature": False,
    "undo_send_s": 0,
    "reopen_hours": 72,
    "handoff_hours": 168,
    "stop_words": (),
}


@pytest.mark.parametrize("role", ["observer", "agent", "lead"])
def test_only_an_admin_changes_settings(desk, workspace, request, role):
    with pytest.raises(Denied):
        change_settings(desk, request.getfixturevalue(role), **AS_MADE)
    assert not Decision.objects.exists()


def test_a_change_is_in_the_log_with_before_and_after_and_its_author(desk, workspace, admin):
    decision = change_settings(desk, admin, **AS_MADE | {"name": " Acme Parcel ", "signature": True})
    workspace.refresh_from_db()
    assert workspace.name == "Acme Parcel"
    assert Kind.POST in read_settings(workspace.settings).signed
    kept = Decision.objects.get(id=decision.id)
    assert (kept.by_id, kept.conversation_id) == (admin.user_id, None)
    assert kept.data["was"]["settings"] == {"undo_send_s": 0}
    assert kept.data["now"] == {"name": "Acme Parcel", "settings": workspace.settings}


def test_the_same_again_is_no_change(desk, workspace, admin):
    assert change_settings(desk, admin, **AS_MADE)
    assert change_settings(desk, admin, **AS_MADE) is None
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "), ("name", "x" * 121), ("reopen_hours", 0),
        ("undo_send_s", 31), ("undo_send_s", -1), ("signature", "some"), ("reopen_hours", 9000), ("handoff_hours", -1),
        ("stop_words", ["x" * 61]), ("stop_words", ["x"] * 201),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_the_name_of_its_field(desk, workspace, admin, field, value):
    with pytest.raises(Invalid) as refused:
        change_settings(desk, admin, **AS_MADE | {field: value})
    assert refused.value.code == field
    assert not Decision.objects.exists()


def test_a_word_means_stop_from_its_addition_to_its_removal(desk, workspace, account, admin, clock):
    def say(at, person):
        hear(desk, workspace, dm(at, person, account.network_id, "No more!"))
        return Identity.objects.get(network_id=person).stopped_ms is not None

    clock.advance(hours=1)
    change_settings(desk, admin, **AS_MADE | {"stop_words": ["  NO  more. ", "stop", ""]})
    clock.advance(hours=1)
    change_settings(desk, admin, **AS_MADE)
    assert not say(HOUR - 1, "501")
    assert say(HOUR, "502")
    assert not say(2 * HOUR, "503")
    workspace.refresh_from_db()
    settings = read_settings(workspace.settings)
    assert settings.current_stop_words == ()
    assert settings.stop_words_at(MORNING_MS + HOUR) == (*STOP_WORDS, "no more")


def test_law_1_replay_decides_under_the_settings_of_the_time():
    run = Run()
    run.hear([post(1000, "501", mentions=["901"])], 1)
    _invite(run, 2000)
    change_settings(run.desk, run.actor, **AS_MADE | {"handoff_hours": 2})
    run.hear([post(3000, "502", mentions=["901"])], 1)
    _invite(run, 4000)
    settings = _settings(run)
    ends, before = _ends(), run.dump()
    assert ends == [4000 + 2 * HOUR, 2000 + 168 * HOUR]
    logs = Recorded(run)
    rebuild(run.workspace.id, log=logs, channels={"x": logs}, now_ms=run.clock.now_ms())
    assert (_ends(), run.dump(), _settings(run)) == (ends, before, settings)


def _invite(run, at):
    run.clock.advance(MORNING_MS + at - run.clock.now_ms())
    conversation = Conversation.objects.order_by("-opened_ms", "-id").first()
    asked = conversation.messages.get(direction="in")
    sent = invite(
        run.desk, run.actor, conversation_id=conversation.id, answers_id=asked.id, text="Write to us",
        first_line="", confirmed=True, uid=uuid4(),
    )  # fmt: skip
    with writing(run.desk, Actor(run.workspace.id)) as journal:
        bind_sent(journal, sent, str(at + 500), MORNING_MS + at)


def _ends():
    return sorted(one.expires_ms - MORNING_MS for one in Handoff.objects.all())


def _settings(run):
    run.workspace.refresh_from_db()
    return run.workspace.settings
