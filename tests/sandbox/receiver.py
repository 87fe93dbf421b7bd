"""A webhook of the tests' own: a real HTTP server that answers challenges and keeps what it is sent, raw."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Delivery:
    """One POST as it came."""

    raw: bytes
    signature: str
    content_type: str

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.raw).get("data", {})


@dataclass
class Receiver:
    """`secret` is what it answers challenges with; `status` what it answers deliveries with (a list: one each)."""

    url: str
    secret: str = ""
    crc_status: int = 200
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    got: list[Delivery] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, number: int, *, seconds: float = 10) -> list[dict[str, Any]]:
        """The events, once at least `number` have come."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.got) >= number, timeout=seconds)
            assert arrived, f"{len(self.got)} of {number} deliveries came"
            return self.events

    @property
    def events(self) -> list[dict[str, Any]]:
        return [delivery.event for delivery in self.got]

    def clear(self) -> None:
        with self.changed:
            self.got.clear()

    def sign(self, message: bytes) -> str:
        return "sha256=" + base64.b64encode(hmac.digest(self.secret.encode(), message, hashlib.sha256)).decode()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            token = parse_qs(urlsplit(self.path).query)["crc_token"][0]
            receiver.tokens.append(token)
            self.answer(receiver.crc_status, json.dumps({"response_token": receiver.sign(token.encode())}).encode())

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            signature = self.headers["x-twitter-webhooks-signature"]
            with receiver.changed:
                status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
                receiver.got.append(Delivery(raw, signature, self.headers["content-type"]))
                receiver.changed.notify_all()
            self.answer(status, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status in (301, 302):
                self.send_header("location", "/elsewhere")
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hooks/x")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(check: Any, *, seconds: float = 10) -> Any:
    """The first true answer of `check`, asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)
    return answer
