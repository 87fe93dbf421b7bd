"""Closing a client's connection without an answer, for which ASGI has no word.

A desk must cope with an answer that never came although the effect happened (law 2), so the sandbox has to be
able to hang up. The server owns the sockets and hands none of them out; but they live in this process, and the
one whose other end is the client is found by its address.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

_OWN_FILES = Path("/dev/fd")  # Linux and macOS both list a process's descriptors here


def hang_up(host: str, port: int) -> bool:
    """Shut down the connection whose far end is this client; False if there is none in this process."""
    for entry in os.listdir(_OWN_FILES):  # noqa: PTH208 - Path.iterdir would stat entries that are gone by then
        with contextlib.suppress(OSError):
            number = int(entry)
            if stat.S_ISSOCK(os.fstat(number).st_mode) and _shut_if(number, (host, port)):
                return True
    return False


def _shut_if(number: int, client: tuple[str, int]) -> bool:
    with socket.socket(fileno=os.dup(number)) as candidate:
        if candidate.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        if candidate.getpeername()[:2] != client:
            return False
        candidate.shutdown(socket.SHUT_RDWR)
        return True
