"""When the disk does not keep up or fails: 503 and Retry-After, nothing half-kept, and on again afterwards (law 1)."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from careline.engines.log_sqlite import SqliteEventLog
from intake.serving import HEADER, Served, sign, until


def post(edge: Served, number: int, size: int = 10) -> httpx.Response:
    body = json.dumps({"data": {"number": number, "filling": "x" * size}}).encode()
    with edge.client() as client:
        return client.post(edge.path, content=body, headers={"content-type": "application/json", HEADER: sign(body)})


def kept(path: Path) -> list[int]:
    log = SqliteEventLog(path)
    numbers = [json.loads(event.payload)["data"]["number"] for event in log.read(0, 100_000)]
    log.close()
    return numbers


@contextmanager
def disk_held(path: Path) -> Iterator[None]:
    """Somebody else has the log's write lock, so a commit waits."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


@contextmanager
def disk_full(edge: Served) -> Iterator[None]:
    """No file of the edge's process may grow further."""
    largest = max(path.stat().st_size for path in edge.log.parent.iterdir())
    before = resource.prlimit(edge.process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(edge.process.pid, resource.RLIMIT_FSIZE, before)


def test_law_1_a_full_queue_says_come_again_and_who_was_in_it_is_kept(start_edge: Callable[..., Served]) -> None:
    edge = start_edge(3)
    assert post(edge, 0).status_code == 200
    with ThreadPoolExecutor(12) as pool, disk_held(edge.log):
        # One batch waits for the disk, at most three more events wait for that batch; the others are told at once.
        answers = [pool.submit(post, edge, number) for number in range(1, 13)]
        until(lambda: edge.counts().get("queue_full", 0) >= 6, "the queue to be full")
        told_at_once = [one.result() for one in answers if one.done()]
        assert {one.status_code for one in told_at_once} == {503}
        assert {one.headers["retry-after"] for one in told_at_once} == {"5"}
        assert len(edge.counts()) > 1, "the door still opens for others while the disk is slow"
    accepted = [0] + [number for number, one in enumerate(answers, 1) if one.result().status_code == 200]
    assert len(accepted) >= 4
    assert sorted(kept(edge.log)) == accepted


def test_law_1_a_failed_commit_says_come_again_keeps_nothing_and_recovers(start_edge: Callable[..., Served]) -> None:
    edge = start_edge()
    assert post(edge, 0).status_code == 200
    with disk_full(edge), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: post(edge, number, size=50_000), range(1, 9)))
    assert [(one.status_code, one.headers.get("retry-after")) for one in answers] == [(503, "5")] * 8
    assert edge.counts()["commit_failed"] == 8
    assert kept(edge.log) == [0]
    assert post(edge, 9, size=50_000).status_code == 200
    assert kept(edge.log) == [0, 9]
