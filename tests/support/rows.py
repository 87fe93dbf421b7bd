"""Rows to start from: a workspace, its people, its app and account. Verbs make everything else."""

from __future__ import annotations

from itertools import count
from typing import Any

from careline.domain.ids import make_id
from careline.domain.words import Role
from careline.store.models import Account, App, Counter, Membership, User, Workspace
from support.clock import MORNING_MS

_number = count(1)


def make_workspace(slug: str = "", **fields: Any) -> Workspace:
    """A workspace with its counters. What it says leaves at once, unless a test wants the time to take it back."""
    slug = slug or f"brand-{next(_number)}"
    values = {"name": slug.title(), "sandbox": True, "created_ms": MORNING_MS, **fields}
    values["settings"] = {"undo_send_s": 0} | values.get("settings", {})
    workspace = Workspace.objects.create(id=make_id(MORNING_MS), slug=slug, **values)
    Counter.objects.get_or_create(workspace=workspace)
    return workspace


def make_app(workspace: Workspace, **fields: Any) -> App:
    """A developer app whose secrets are made up."""
    values: dict[str, Any] = {
        "network": "x",
        "name": f"app {next(_number)}",
        "api_base": "http://127.0.0.1:8790",
        "secrets": {
            "consumer_key": "test-consumer-key",
            "consumer_secret": "test-consumer-secret",
            "bearer_token": "test-bearer",
            "client_id": "test-client",
            "client_secret": "test-client-secret",
        },
        "created_ms": MORNING_MS,
    }
    return App.objects.create(id=make_id(MORNING_MS), workspace=workspace, **(values | fields))


def make_account(workspace: Workspace, app: App | None = None, **fields: Any) -> Account:
    """Our account on X, connected through `app` (a new one by default)."""
    number = next(_number)
    values: dict[str, Any] = {
        "network": "x",
        "network_id": str(9_000_000 + number),
        "handle": f"acme{number}",
        "name": "Acme",
        "secrets": {"access_token": "test-access", "oauth1_token": "test-token", "oauth1_secret": "test-secret"},
        "capabilities": {},
        "connected": True,
        "created_ms": MORNING_MS,
    }
    app = app or make_app(workspace)
    return Account.objects.create(id=make_id(MORNING_MS), workspace=workspace, app=app, **(values | fields))


def make_user(email: str = "", password: str | None = None, **fields: Any) -> User:
    """A person who can sign in (with `password`, if given)."""
    email = email or f"person{next(_number)}@example.org"
    name = email.split("@")[0].title()
    user = User(**({"id": make_id(MORNING_MS), "email": email, "name": name, "initials": name[:2].upper()} | fields))
    user.set_password(password)
    user.save()
    return user


def make_membership(workspace: Workspace, user: User, role: Role = Role.AGENT) -> Membership:
    """What `user` is in `workspace`."""
    return Membership.objects.create(id=make_id(MORNING_MS), workspace=workspace, user=user, role=role)
