"""Foreign keys as this desk uses them: no index of their own, no cascade by accident."""

from __future__ import annotations

from typing import Any

from django.db import models


def belongs_to(model: str, *, null: bool = False, related_name: str = "+") -> Any:
    """A reference that protects what it points at and leaves indexing to the model's Meta (law 7)."""
    return models.ForeignKey(
        model, on_delete=models.PROTECT, db_index=False, null=null, blank=null, related_name=related_name
    )
