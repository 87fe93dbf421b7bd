"""Puts messages into conversations as `domain.placing` says, and records what was decided (laws 1 and 4)."""

from careline.actions.placing.place import place_customers, shut
from careline.actions.placing.scene import lock_customers

__all__ = ["lock_customers", "place_customers", "shut"]
