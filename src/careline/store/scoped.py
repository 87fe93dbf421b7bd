"""The wall (law 7): the one place that decides which workspace a read may see."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def scoped(model: type[M], workspace_id: int) -> QuerySet[M]:
    """Rows of `model` in this workspace and no other; the start of every read."""
    return model._default_manager.filter(workspace_id=workspace_id)
