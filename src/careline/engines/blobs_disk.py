"""Blobs as files under one folder: `{workspace_id}/{sha256}`, so that a workspace's pictures stand apart (law 7).

A file appears whole or not at all: written beside its place, fsynced, renamed, and the folder fsynced, because a
rename is durable only with its directory (man 2 fsync).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[1-9][0-9]{0,18}/[0-9a-f]{64}")


class DiskBlobs:
    """`Blobs` under `folder`, which is made when missing and open to this user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, workspace_id: int, data: bytes) -> str:
        """See Blobs."""
        key = f"{workspace_id}/{hashlib.sha256(data).hexdigest()}"
        place = self._place(key)
        if not place.exists():
            if not place.parent.exists():
                place.parent.mkdir(mode=0o700, exist_ok=True)
                _sync_folder(self._folder)
            _write(place, data)
        return key

    def get(self, key: str) -> bytes | None:
        """See Blobs. Raises ValueError for what cannot be a key."""
        try:
            return self._place(key).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """See Blobs. Raises ValueError for what cannot be a key."""
        place = self._place(key)
        place.unlink(missing_ok=True)
        if place.parent.exists():
            _sync_folder(place.parent)

    def count(self, workspace_id: int) -> int:
        """See Blobs."""
        return sum(1 for one in self._folder.glob(f"{workspace_id:d}/*") if _NAME.fullmatch(one.name))

    def forget(self, workspace_id: int) -> int:
        """See Blobs. What an interrupted `put` left beside its place goes, too."""
        gone, folder = self.count(workspace_id), self._folder / f"{workspace_id:d}"
        if folder.is_dir():
            shutil.rmtree(folder)
            _sync_folder(self._folder)
        return gone

    def _place(self, key: str) -> Path:
        # A key comes from a table, but a path is made of it: nothing may lead out of the folder.
        if not _KEY.fullmatch(key):
            msg = "This is no key of a blob."
            raise ValueError(msg)
        return self._folder / key


def _write(place: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
