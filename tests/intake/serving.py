"""Starts and stops the served edge for a test, and signs as X does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from intake.served import APP_ID, SECRET

HEADER = "x-twitter-webhooks-signature"


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def until(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Wait for a condition; the test fails, saying what was waited for, when it does not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


@dataclass
class Served:
    """A running edge."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def path(self) -> str:
        return f"/in/x/{APP_ID}"

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.base, timeout=20, trust_env=False)

    def counts(self) -> dict[str, int]:
        with self.client() as client:
            counted: dict[str, int] = json.loads(client.get("/counts").content)
            return counted

    def accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(log: Path, *options: object) -> Served:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("served.py")), str(port), str(log), *map(str, options)],
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    served = Served(process, port, log)
    until(served.accepts, "the edge to listen")
    return served
