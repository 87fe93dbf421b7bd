"""Bytes too large for a table: copies of customers' pictures, kept apart from anything that serves code."""

from __future__ import annotations

from typing import Protocol


class Blobs(Protocol):
    """Laws: `put` is atomic and durable; a key is `{workspace_id}/{sha256}`; nothing is read across workspaces."""

    def put(self, workspace_id: int, data: bytes) -> str:
        """Keep `data`; return its key. Raises OSError when there is no room."""
        ...

    def get(self, key: str) -> bytes | None:
        """The bytes, or None."""
        ...

    def delete(self, key: str) -> None:
        """Forget them; unknown keys are fine."""
        ...

    def count(self, workspace_id: int) -> int:
        """How many blobs are this workspace's."""
        ...

    def forget(self, workspace_id: int) -> int:
        """Remove all blobs of this workspace for good, none of another; how many there were."""
        ...
