"""What the operator of an install sees across its workspaces: which apps and accounts there are, and what is owed.

The one place that reads without naming a workspace (law 7). It gives ids, counts and secrets to the composition root
and the command line; no page and no verb may import it (an import rule says so).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from careline.domain.words import DeliveryState
from careline.store.models import Account, App, Delivery, Gap, Membership, SetAside, User, Workspace


@dataclass(frozen=True, slots=True)
class Owed:
    """What a person has to look at in a workspace. `stuck`: deliveries that nobody but a person can settle."""

    workspace: Workspace
    set_aside: int
    gaps: int
    stuck: int


def app(app_id: int) -> App | None:
    """One app, whichever workspace it belongs to: its id is all that a webhook's address says."""
    return App.objects.filter(id=app_id).first()


def apps() -> list[App]:
    """All apps."""
    return list(App.objects.order_by("id"))


def accounts() -> list[Account]:
    """All accounts with their apps and workspaces."""
    return list(Account.objects.select_related("app", "workspace").order_by("id"))


def workspace_ids() -> list[int]:
    """All workspaces."""
    return list(Workspace.objects.order_by("id").values_list("id", flat=True))


def sandboxes() -> list[Workspace]:
    """The workspaces to try things in."""
    return list(Workspace.objects.filter(sandbox=True).order_by("slug"))


def real_names() -> list[str]:
    """What the workspaces are called in which real people may write."""
    return list(Workspace.objects.filter(sandbox=False).order_by("name").values_list("name", flat=True))


def only_in(workspace_ids: Collection[int]) -> list[User]:
    """People who have a seat in these workspaces, and none in another."""
    inside = Membership.objects.filter(workspace_id__in=workspace_ids).values("user_id")
    outside = Membership.objects.exclude(workspace_id__in=workspace_ids).values("user_id")
    return list(User.objects.filter(id__in=inside).exclude(id__in=outside).order_by("email"))


def real_accounts() -> int:
    """How many accounts are connected to a network outside this machine."""
    return Account.objects.filter(workspace__sandbox=False).count()


def owed(gaps_since_ms: int) -> list[Owed]:
    """Per workspace, what is set aside, which gaps ended since `gaps_since_ms`, and which deliveries are stuck."""
    aside = _counts(SetAside.objects.all())
    gaps = _counts(Gap.objects.filter(to_ms__gte=gaps_since_ms))
    stuck = _counts(Delivery.objects.filter(state=DeliveryState.STUCK))
    return [
        Owed(one, aside.get(one.id, 0), gaps.get(one.id, 0), stuck.get(one.id, 0))
        for one in Workspace.objects.order_by("slug")
    ]


def gaps() -> list[Gap]:
    """All times for which a network's lists did not reach back, newest first."""
    return list(Gap.objects.select_related("workspace", "account").order_by("-to_ms"))


def set_aside(workspace_id: int) -> list[SetAside]:
    """What is set aside in a workspace, in the log's order."""
    return list(SetAside.objects.filter(workspace_id=workspace_id).order_by("seq"))


def _counts(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.order_by().values_list("workspace_id").annotate(Count("id")))
