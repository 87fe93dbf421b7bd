"""Whether we can listen where we shall. The server itself shares a port without a word (SO_REUSEPORT), so ask first."""

from __future__ import annotations

import errno
import socket

from careline.server.config import ConfigError


def check_port(host: str, port: int, setting: str) -> None:
    """Raises ConfigError, naming the environment variable `setting`, when somebody else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                msg = f"Port {port} is in use: stop the program that uses it, or set {setting} to another."
            else:
                msg = f"Cannot listen on {host} port {port} ({error.strerror}): choose another in {setting}."
            raise ConfigError(msg) from error
