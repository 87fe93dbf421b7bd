"""A process that appends to a log until it is told to stop or killed, and says which batches were acknowledged.

Run as a script: appender.py URL NAME BATCHES. Prints "ready", waits for a line on stdin, then one line a batch.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from careline.engines.log_postgres import PostgresEventLog
from careline.engines.log_sqlite import SqliteEventLog
from careline.ports.event_log import EventLog, RawEvent


def open_log(url: str) -> EventLog:
    """The log at a path or at a postgresql:// address."""
    return PostgresEventLog(url) if url.startswith("postgresql://") else SqliteEventLog(Path(url))


def main(url: str, name: str, batches: int) -> None:
    log = open_log(url)
    print("ready", flush=True)
    sys.stdin.readline()
    sizes = random.Random(name)
    for number in range(batches):
        size = sizes.choice([1, 1, 2, 5, 40])
        payload = {"by": name, "batch": number, "size": size}
        events = [
            RawEvent(1, 2, "x", "webhook", 3, json.dumps(payload | {"part": part}).encode()) for part in range(size)
        ]
        print(json.dumps({"batch": number, "seqs": log.append(events)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
