"""Leaving the sandbox without traces: what would go, and its going (docs/adr/0008).

The log and the pictures go first and the rows that name the workspace last, so that a run that was cut off is simply
done again. Nothing may run meanwhile. Other workspaces are not read, let alone changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import ProtectedError

from careline.actions.forget_sandbox import forget_sandbox
from careline.inbox import unsent
from careline.server.config import Config
from careline.server.wiring import Wired
from careline.store.models import Account, Conversation, Customer, Message, User, Workspace
from careline.store.queries import operator
from careline.store.scoped import scoped

#: `careline up` makes no demo where this file is.
_LEFT = "sandbox-left"


@dataclass(frozen=True, slots=True)
class Part:
    """One sandbox workspace and how much is in it."""

    workspace: Workspace
    accounts: int
    customers: int
    conversations: int
    messages: int
    events: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go. `people` work nowhere else; `copies`: older copies of the install, which stay."""

    parts: tuple[Part, ...]
    people: tuple[User, ...]
    files: tuple[Path, ...]
    copies: tuple[Path, ...]
    others: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """There is nothing to leave."""
        return not self.parts and not self.files


def survey(config: Config, wired: Wired) -> Plan:
    """Look what there is; changes nothing."""
    sandboxes = operator.sandboxes()
    ids = [one.id for one in sandboxes]
    files = _files(config)
    return Plan(
        parts=tuple(_part(wired, one) for one in sandboxes),
        people=tuple(operator.only_in(ids)),
        files=tuple([*files, *_logs(config)] if sandboxes or files else ()),
        copies=tuple(_copies(config)),
        others=tuple(operator.real_names()),
    )


def leave(config: Config, wired: Wired, plan: Plan) -> list[str]:
    """Let all of it go; the addresses of people who stay because another workspace still names them.

    Raises LogUnavailable, OSError; then the rest is still there, and a second run goes on.
    """
    (config.state / _LEFT).touch(mode=0o600)
    for part in plan.parts:
        wired.log.forget(part.workspace.id)
        wired.blobs.forget(part.workspace.id)
    with transaction.atomic():
        for part in plan.parts:
            forget_sandbox(part.workspace.id)
        stay = [one.email for one in plan.people if not _remove(one)]
        _end_sessions({part.workspace.slug for part in plan.parts})
    _shrink()
    for file in plan.files:
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    return stay


def was_left(config: Config) -> bool:
    """Whether somebody left the sandbox on purpose."""
    return (config.state / _LEFT).exists()


def come_back(config: Config) -> None:
    """Let `careline up` make a demo again."""
    (config.state / _LEFT).unlink(missing_ok=True)


def _part(wired: Wired, workspace: Workspace) -> Part:
    tables = (Account, Customer, Conversation, Message)
    accounts, customers, conversations, messages = (scoped(one, workspace.id).count() for one in tables)
    events, pictures = wired.log.count(workspace.id), wired.blobs.count(workspace.id)
    return Part(workspace, accounts, customers, conversations, messages, events, pictures)


def _files(config: Config) -> list[Path]:
    """The local X, and the password that was printed."""
    found = [*sorted(config.state.glob("sandbox.db*")), config.state / "sign-in.json"]
    return [one for one in found if one.exists()]


def _logs(config: Config) -> list[Path]:
    """What `careline up` wrote of its processes, among them the local X; of use only beside the demo."""
    return [one for one in (config.state / "logs",) if one.exists()]


def _copies(config: Config) -> list[Path]:
    """Folders with the install as it once was: not ours to judge which of them still matter."""
    found = (config.state / name for name in ("backups", "before-restore"))
    return [one for one in found if one.is_dir() and any(one.iterdir())]


def _remove(person: User) -> bool:
    """Delete a person with their sign-in; False if something that stays was written by them."""
    try:
        with transaction.atomic():
            keys = list(UserSession.objects.filter(user=person).values_list("session_key", flat=True))
            person.delete()
            Session.objects.filter(session_key__in=keys).delete()
    except ProtectedError:
        return False
    return True


def _end_sessions(slugs: set[str]) -> None:
    """End sessions of nobody we know any more, and those that hold a text meant for a sandbox."""
    known = {str(pk) for pk in User.objects.values_list("pk", flat=True)}
    ended = [one.pk for one in Session.objects.iterator() if not _stays(one.get_decoded(), known, slugs)]
    Session.objects.filter(pk__in=ended).delete()


def _stays(session: Mapping[str, Any], known: set[str], slugs: set[str]) -> bool:
    return session.get(SESSION_KEY) in known and unsent.meant_for(session) not in slugs


def _shrink() -> None:
    """Give freed pages back, so that no old byte is left in the file or its write-ahead log."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
                cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")
