"""Leaving the sandbox beside a workspace in which people work: theirs is byte for byte what it was (docs/adr/0008)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from careline.actions.errors import Denied
from careline.actions.forget_sandbox import forget_sandbox
from careline.engines.blobs_disk import DiskBlobs
from careline.engines.log_postgres import PostgresEventLog
from careline.engines.log_sqlite import SqliteEventLog
from careline.intake.pump import Pump, position
from careline.server import leave
from careline.server.config import Config, read_config
from careline.server.wiring import CHANNELS, Wired
from careline.store.models import Message, User, Workspace
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from intake.x_events import dm, mention, raw
from support.databases import both_databases
from support.rows import make_account, make_membership, make_user, make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database"), both_databases]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read_config({"CARELINE_STATE": str(tmp_path)})


@pytest.fixture
def wired(config: Config, desk: Any, request: pytest.FixtureRequest, database: Any) -> Iterator[Wired]:
    log = SqliteEventLog(config.log_file)
    if database.url:
        log = PostgresEventLog(request.getfixturevalue("postgres_url"))  # type: ignore[assignment]
    blobs = DiskBlobs(config.blobs_dir)
    yield Wired(config, dataclasses.replace(desk, blobs=blobs), log, blobs, CHANNELS, client=None)  # type: ignore[arg-type]
    log.close()


class Town:
    """A workspace in which customers have written, with a person who answers."""

    def __init__(self, wired: Wired, slug: str, *, sandbox: bool) -> None:
        self.workspace = make_workspace(slug, sandbox=sandbox, name=slug.title())
        account = make_account(self.workspace)
        self.person = make_user(f"{slug}@example.org")
        make_membership(self.workspace, self.person)
        wired.log.append([
            raw(self.workspace.id, mention(100 + number, str(40 + number), account.network_id)) for number in range(4)
        ] + [raw(self.workspace.id, dm(200, "41", account.network_id, "4711"))])  # fmt: skip
        wired.blobs.put(self.workspace.id, f"a picture in {slug}".encode())

    def canonical(self) -> str:
        return json.dumps(dump(self.workspace.id), sort_keys=True)


@pytest.fixture
def towns(wired: Wired) -> tuple[Town, Town]:
    """One of each, their events mixed in one log."""
    both = (Town(wired, "play", sandbox=True), Town(wired, "work", sandbox=False))
    Town.__init__(Town.__new__(Town), wired, "more-play", sandbox=True)
    catch_up(wired)
    return both


def catch_up(wired: Wired) -> None:
    pump = Pump(log=wired.log, channels=CHANNELS, desk=wired.desk)
    while pump.step():
        pass


def test_the_other_workspace_is_byte_for_byte_what_it_was(
    config: Config, wired: Wired, towns: tuple[Town, Town]
) -> None:
    _, work = towns
    before, events = work.canonical(), [one for one in wired.log.read(0, 99) if one.workspace_id == work.workspace.id]
    assert len(scoped(Message, work.workspace.id)) == 5
    plan = leave.survey(config, wired)
    assert [(part.workspace.slug, part.messages, part.events, part.pictures) for part in plan.parts] == [
        ("more-play", 5, 5, 1),
        ("play", 5, 5, 1),
    ]
    assert leave.leave(config, wired, plan) == []
    assert work.canonical() == before
    assert wired.log.read(0, 99) == events
    assert list(Workspace.objects.values_list("slug", flat=True)) == ["work"]
    assert [one.name for one in config.blobs_dir.iterdir()] == [str(work.workspace.id)]
    assert list(User.objects.values_list("email", flat=True)) == ["work@example.org"]
    assert leave.survey(config, wired).is_empty


def test_law_1_the_pump_reads_on_after_it(config: Config, wired: Wired, towns: tuple[Town, Town]) -> None:
    _, work = towns
    leave.leave(config, wired, leave.survey(config, wired))
    before = work.canonical()
    assert position(wired.log) == 0  # the event at which it stood is gone, so it reads anew
    catch_up(wired)
    assert work.canonical() == before
    account = work.workspace.id and scoped(Message, work.workspace.id).exclude(account=None).first()
    assert account is not None
    wired.log.append([raw(work.workspace.id, dm(300, "43", account.account.network_id, "one more"))])
    catch_up(wired)
    assert len(scoped(Message, work.workspace.id)) == 6


def test_who_wrote_elsewhere_stays(config: Config, wired: Wired, towns: tuple[Town, Town]) -> None:
    play, work = towns
    scoped(Message, work.workspace.id).update(written_by=play.person)
    assert leave.leave(config, wired, leave.survey(config, wired)) == ["play@example.org"]
    assert User.objects.filter(email="play@example.org").exists()


def test_who_stays_is_not_signed_out_and_who_goes_is(config: Config, wired: Wired, towns: tuple[Town, Town]) -> None:
    play, work = towns
    for person in (play.person, work.person):
        Client().force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    nobody = SessionStore()
    nobody["unsent"] = {"workspace": "play", "conversation_id": 1, "mode": "reply", "text": "typed and not sent"}
    nobody.save()
    leave.leave(config, wired, leave.survey(config, wired))
    kept = [one.get_decoded() for one in Session.objects.all()]
    assert [one["_auth_user_id"] for one in kept] == [str(work.person.pk)]


def test_cut_off_half_way_it_is_done_again(
    config: Config, wired: Wired, towns: tuple[Town, Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(workspace_id: int) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(leave, "forget_sandbox", fails)
        with pytest.raises(KeyboardInterrupt):
            leave.leave(config, wired, leave.survey(config, wired))
    left = leave.survey(config, wired)
    assert [(part.messages, part.events) for part in left.parts] == [(5, 0), (5, 0)]
    leave.leave(config, wired, left)
    assert leave.survey(config, wired).is_empty


def test_a_workspace_of_real_people_is_refused(wired: Wired, towns: tuple[Town, Town]) -> None:
    _, work = towns
    before = work.canonical()
    with pytest.raises(Denied, match="no sandbox"):
        forget_sandbox(work.workspace.id)
    assert work.canonical() == before


def test_who_has_a_seat_elsewhere_is_none_of_those_who_go(
    config: Config, wired: Wired, towns: tuple[Town, Town]
) -> None:
    play, work = towns
    make_membership(work.workspace, play.person)
    plan = leave.survey(config, wired)
    assert [one.email for one in plan.people] == ["more-play@example.org"]
    leave.leave(config, wired, plan)
    assert User.objects.filter(email="play@example.org").exists()
