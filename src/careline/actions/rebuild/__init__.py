"""A desk from its two logs: the raw log gives messages, the decision log gives conversations (law 1)."""

from careline.actions.rebuild.run import rebuild

__all__ = ["rebuild"]
