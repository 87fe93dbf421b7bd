"""A poke from whoever wrote to whoever shows. It may be lost: the table of changes is the truth, the poke saves waiting."""

from __future__ import annotations

from typing import Protocol


class Poke(Protocol):
    """Laws: never raises, never blocks a writer for more than a few milliseconds."""

    def __call__(self, workspace_id: int) -> None:
        """Say that this workspace has new changes."""
        ...
