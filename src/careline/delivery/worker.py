"""The loop that takes messages out of the outbox. Any number of these may run, in any number of processes.

A few hands work at the same time, so that a network that hangs for one account leaves the others free. Stopping is
always safe: what has begun and is not written down is found by looking (law 2).
"""

from __future__ import annotations

import queue
import threading
import time

import structlog
from django.db import DatabaseError, close_old_connections, connections

from careline.actions import outbox
from careline.actions.outbox import Lease
from careline.delivery.attempt import Post, work

log = structlog.get_logger(__name__)

#: The wait between two looks for work (s): messages are queued, and fall due, without anybody telling this process.
PAUSE_S = 0.2
#: How long `run` waits on stopping for what is at the network just now (s).
FAREWELL_S = 3.0


def run(post: Post, *, name: str, stop: threading.Event, wake: threading.Event, hands: int = 4) -> None:
    """Deliver until `stop` is set, then return within four seconds. `name` must be this worker's alone.

    `wake`: set it to have the outbox looked at now (something was queued).
    """
    jobs: queue.SimpleQueue[Lease | None] = queue.SimpleQueue()
    free = threading.Semaphore(hands)
    for number in range(hands):
        # Daemons: a process that has to end does not wait for a network.
        threading.Thread(target=_hand, args=(post, jobs, free, wake), name=f"deliver-{number}", daemon=True).start()
    try:
        while not stop.is_set():
            wake.clear()
            if not _hand_out(post, name, jobs, free):
                wake.wait(PAUSE_S)
    finally:
        for _ in range(hands):
            jobs.put(None)
    deadline = time.monotonic() + FAREWELL_S
    for _ in range(hands):
        free.acquire(timeout=max(deadline - time.monotonic(), 0))
    connections.close_all()


def _hand_out(post: Post, name: str, jobs: queue.SimpleQueue[Lease | None], free: threading.Semaphore) -> bool:
    """Give work that is due to the hands that are free; return whether there was any."""
    slots = 0
    while free.acquire(blocking=False):
        slots += 1
    leases: list[Lease] = []
    try:
        if slots:
            leases = outbox.lease(post.desk, name, slots=slots)
    except DatabaseError:
        log.exception("delivery.no_database")
        close_old_connections()
    for _ in range(slots - len(leases)):
        free.release()
    for lease in leases:
        jobs.put(lease)
    return bool(leases)


def _hand(post: Post, jobs: queue.SimpleQueue[Lease | None], free: threading.Semaphore, wake: threading.Event) -> None:
    """Work until there is a None to do."""
    while (lease := jobs.get()) is not None:
        try:
            work(post, lease)
        except Exception:
            # The lease runs out and the row is taken again, or looked up if the attempt had begun.
            log.exception("delivery.broke_off", delivery=lease.delivery_id)
            close_old_connections()
        free.release()
        wake.set()
    connections.close_all()
