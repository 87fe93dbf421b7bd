"""Who works where. A membership is the only key to a workspace (law 7)."""

from __future__ import annotations

from dataclasses import dataclass

from careline.domain.words import Role
from careline.store.models import App, Membership, Workspace
from careline.store.scoped import scoped


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who answers, or did; only the active ones can be given a conversation."""

    id: int
    name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a seat, and which one."""

    name: str
    email: str
    role: Role
    active: bool


def membership(user_id: int, slug: str) -> Membership | None:
    """The seat of a person in the workspace with this slug, with the workspace. One query; budget 1 ms."""
    return Membership.objects.select_related("workspace").filter(user_id=user_id, workspace__slug=slug).first()


def workspaces(user_id: int) -> list[Workspace]:
    """The workspaces of a person, by name. One query; budget 2 ms.

    The one read across workspaces of this module: it asks which doors a person has keys to.
    """
    seats = Membership.objects.filter(user_id=user_id).select_related("workspace").order_by("workspace__name")
    return [seat.workspace for seat in seats]


def colleagues(workspace_id: int) -> list[Colleague]:
    """Everyone in the workspace who may answer, by name. One query; budget 2 ms."""
    seats = scoped(Membership, workspace_id).exclude(role=Role.OBSERVER).order_by("user__name", "user_id")
    rows = seats.values_list("user_id", "user__name", "user__email", "user__is_active")
    return [Colleague(*row) for row in rows]


def members(workspace_id: int) -> list[Member]:
    """Everyone with a seat in the workspace, by name. One query; budget 2 ms."""
    seats = scoped(Membership, workspace_id).order_by("user__name", "user_id")
    rows = seats.values_list("user__name", "user__email", "role", "user__is_active")
    return [Member(name, email, Role(role), active) for name, email, role, active in rows]


def local_x(workspace_id: int) -> str:
    """Where the local X of a sandbox answers, or "". One query; budget 1 ms."""
    return scoped(App, workspace_id).order_by("-id").values_list("api_base", flat=True).first() or ""


def has_sandbox() -> bool:
    """Whether this install has a workspace to try things in; says nothing of whose. One query; budget 1 ms."""
    return Workspace.objects.filter(sandbox=True).exists()
