"""Real care conversations as X would tell a desk of them: played into the local X, recorded from its streams.

The recording is "Customer Support on Twitter" (Thought Vector, CC BY-NC-SA 4.0), read from the data folder, never
kept here.
"""

from __future__ import annotations

import csv
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from careline_sandbox.replay import Outcome, Row, play, read
from sandbox.served import Served, served

BRANDS = ("AppleSupport", "AmazonHelp", "Uber_Support")
EVENTS = ("post.create", "post.mention.create", "post.reply.create", "post.quote.create")


@dataclass
class Recording:
    """What the streams said, per brand, in order; who the brands are; and what was played."""

    outcome: Outcome
    rows: list[Row]
    brand_ids: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[bytes]] = field(default_factory=dict)


def conversations_file() -> Path:
    """Where the data folder has the recording; skips the test where it has none."""
    root = Path(os.environ.get("CARELINE_SHARED", Path(__file__).parents[3] / "shared"))
    path = root / "data" / "twcs" / "first5000.csv"
    if not path.exists():
        pytest.skip(f"no {path.name} in the data folder (CARELINE_SHARED)")
    return path


def record() -> Recording:
    """Play the file at full speed to three brands, each listening on a stream of its own app."""
    path = conversations_file()
    with served("--state", ":memory:") as x:
        listeners = {brand: Listener(x, brand) for brand in BRANDS}
        rows = read(path)
        outcome = play(rows, url=x.url)
        recording = Recording(outcome, rows)
        for brand, listener in listeners.items():
            told = outcome.told.get(brand, {})
            recording.lines[brand] = listener.wait(sum(len(ids) for ids in told.values()))
            recording.brand_ids[brand] = listener.brand_id
    return recording


class Listener:
    """One brand, its app, its subscriptions, and a thread that reads the stream."""

    def __init__(self, x: Served, brand: str) -> None:
        keys = x.app()
        self.brand_id = x.control("people", username=brand)["id"]
        token = x.control("tokens", app_id=keys["id"], person_id=self.brand_id)["access_token"]
        user = x.bearer(token)
        for kind in EVENTS:
            made = user.post(
                "/2/activity/subscriptions", json={"event_type": kind, "filter": {"user_id": self.brand_id}}
            )
            assert made.status_code in (200, 201), made.text
        self._lines: list[bytes] = []
        self._enough = threading.Condition()
        self._client = httpx.Client(
            base_url=x.url, headers={"authorization": f"Bearer {keys['bearer_token']}"}, timeout=60
        )
        opened = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(opened,), daemon=True)
        self._thread.start()
        assert opened.wait(20)

    def _listen(self, opened: threading.Event) -> None:
        try:
            with self._client.stream("GET", "/2/activity/stream") as answer:
                assert answer.status_code == 200
                opened.set()
                for line in answer.iter_lines():
                    if line:
                        with self._enough:
                            self._lines.append(line.encode())
                            self._enough.notify_all()
        except httpx.HTTPError:
            return

    def wait(self, count: int) -> list[bytes]:
        """The lines, once there are `count` of them."""
        with self._enough:
            assert self._enough.wait_for(lambda: len(self._lines) >= count, timeout=60), (len(self._lines), count)
            return list(self._lines)


def file_ids(path: Path) -> set[str]:
    """The ids of the file's rows, read without the code under test."""
    text = path.read_bytes().decode().replace("\r\n", "\n").replace("\r", " ")
    return {row["tweet_id"] for row in csv.DictReader(text.splitlines(keepends=True))}
