"""Removing a sandbox's rows from the desk, whole (docs/adr/0008).

The one verb that deletes decisions and counters, too. A workspace in which real people may have written is refused:
there, messages are redacted one by one and the logs stay.
"""

from __future__ import annotations

from django.apps import apps
from django.db import models, transaction

from careline.actions.errors import Denied
from careline.store.models import Conversation, Workspace
from careline.store.scoped import scoped


def forget_sandbox(workspace_id: int) -> int:
    """Delete every row of this sandbox, and itself; how many rows there were. All or nothing.

    Raises Denied for a workspace that is none.
    """
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update().get(id=workspace_id)
        if not workspace.sandbox:
            msg = f"{workspace.name} is no sandbox: what real people wrote is never deleted whole."
            raise Denied(msg)
        scoped(Conversation, workspace_id).update(prior=None)
        # References are checked at commit (both databases), so the order of tables does not matter.
        gone = sum(_empty(model, workspace_id) for model in tables())
        workspace.delete()
        return gone


def tables() -> list[type[models.Model]]:
    """All tables whose rows belong to a workspace."""
    return [one for one in apps.get_app_config("store").get_models() if _belongs_to_workspace(one)]


def _belongs_to_workspace(model: type[models.Model]) -> bool:
    return any(field.name == "workspace" for field in model._meta.concrete_fields)


def _empty(model: type[models.Model], workspace_id: int) -> int:
    # Without collecting what points here: all of that goes in the same transaction.
    rows = scoped(model, workspace_id)
    return int(rows._raw_delete(rows.db))
