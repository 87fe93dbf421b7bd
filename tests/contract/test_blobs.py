"""The laws in the docstring of ports.blobs: whole or not at all, and each workspace for itself (law 7)."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.engines.blobs_disk import DiskBlobs


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=5000), one=st.integers(1, 2**63 - 1), other=st.integers(1, 2**63 - 1))
def test_bytes_come_back_for_the_workspace_that_put_them(tmp_path: Path, data: bytes, one: int, other: int) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    key = blobs.put(one, data)
    assert blobs.put(one, data) == key
    assert blobs.get(key) == data
    assert key.startswith(f"{one}/")
    assert (blobs.put(other, data) == key) == (one == other)
    blobs.delete(key)
    blobs.delete(key)
    assert blobs.get(key) is None


def test_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            blobs.put(7, b"x" * 50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "key", ["../7/" + "0" * 64, "7/../../etc/passwd", "/etc/passwd", "7/" + "0" * 63, "", "0/" + "0" * 64]
)
def test_a_key_leads_nowhere_else(tmp_path: Path, key: str) -> None:
    blobs = DiskBlobs(tmp_path)
    with pytest.raises(ValueError, match="no key"):
        blobs.get(key)
    with pytest.raises(ValueError, match="no key"):
        blobs.delete(key)


def test_only_this_user_may_look(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    place = tmp_path / "blobs" / blobs.put(7, b"picture")
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "blobs", place.parent, place)] == [0, 0, 0]


def test_a_forgotten_workspace_leaves_the_others(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    ours, theirs = [[blobs.put(place, bytes([number])) for number in range(3)] for place in (7, 77)]
    assert (blobs.count(7), blobs.count(77), blobs.count(8)) == (3, 3, 0)
    assert (blobs.forget(7), blobs.forget(7), blobs.forget(8)) == (3, 0, 0)
    assert [blobs.get(key) for key in ours] == [None, None, None]
    assert [blobs.get(key) for key in theirs] == [bytes([number]) for number in range(3)]
    assert [one.name for one in tmp_path.iterdir()] == ["77"]
