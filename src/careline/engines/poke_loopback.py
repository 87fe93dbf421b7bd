"""The poke as one datagram on a unix socket in the state folder: only this install's user can reach it.

A datagram that nobody hears is lost, and may be: the tail of the table of changes looks by itself four times a second
(`live.tail`). So the writer never waits and nothing here raises.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)


class LoopbackPoke:
    """`ports.live.Poke` for every process that writes. One socket for all threads: sendto is atomic."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def __call__(self, workspace_id: int) -> None:
        """Say it. Nobody there, line full, path too long for a socket: the tail will see it."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"%d" % workspace_id, self._path)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


class LoopbackEar:
    """Hears pokes in the web process and calls `heard(workspace_id)` in a thread of its own.

    The last process to open an ear has it; the others live by their tails.
    """

    def __init__(self, path: Path, heard: Callable[[int], None]) -> None:
        self._path = path
        self._heard = heard
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._listen, name="poke-ear", daemon=True)

    def start(self) -> None:
        """Listen. Where that cannot be (a path longer than 107 bytes), say so once: news then takes 250 ms."""
        try:
            self._bind()
        except OSError as error:
            _log.warning(
                "poke: cannot listen (%s); news reaches browsers a quarter second later", error.strerror or error
            )
            return
        self._thread.start()

    def _bind(self) -> None:
        # Under another name first: the address changes hands in one step, and never stands open to other users.
        own = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        own.unlink(missing_ok=True)
        self._socket.bind(str(own))
        own.chmod(0o600)
        own.replace(self._path)

    def _listen(self) -> None:
        while word := self._socket.recv(32):
            if word.isdigit():
                self._heard(int(word))

    def close(self) -> None:
        """Stop listening; the shutdown wakes the thread with an empty datagram."""
        if self._thread.is_alive():
            self._socket.shutdown(socket.SHUT_RDWR)
            self._thread.join(timeout=5)
        self._socket.close()
