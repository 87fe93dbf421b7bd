"""What an install is told from outside: a few environment variables and one state folder.

Everything has a default that is right for one machine and reachable from that machine alone. A wrong value is an
error in words that says what to do, before anything is opened.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class ConfigError(Exception):
    """The install cannot start like this; `args[0]` says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Config:
    """One install.

    `database`, `log`: a postgresql:// URL, or "" for a SQLite file in the state folder. `origin`: how browsers reach
    the desk. `clock`: the shared clock file, for simulated time (law 10).
    """

    state: Path
    host: str
    port: int
    origin: str
    hosts: tuple[str, ...]
    database: str
    log: str
    clock: Path | None

    @property
    def desk_file(self) -> Path:
        """The desk's tables, where `database` is SQLite."""
        return self.state / "desk.db"

    @property
    def log_file(self) -> Path:
        """The raw log, where `log` is SQLite."""
        return self.state / "intake.db"

    @property
    def blobs_dir(self) -> Path:
        """Copies of customers' pictures."""
        return self.state / "blobs"

    @property
    def keys_file(self) -> Path:
        """The keys: never in a database, never in a backup of one."""
        return self.state / "keys"

    @property
    def poke_socket(self) -> Path:
        """Where writers tell the web process that something changed."""
        return self.state / "poke.sock"

    @property
    def secure(self) -> bool:
        """Browsers come over TLS."""
        return self.origin.startswith("https://")


def read_config(env: Mapping[str, str] = os.environ) -> Config:
    """The install that `env` describes. Raises ConfigError."""
    host = env.get("CARELINE_HOST") or "127.0.0.1"
    port = _port(env.get("CARELINE_PORT") or "8780")
    origin = _origin(env.get("CARELINE_ORIGIN", ""), host, port)
    clock = env.get("CARELINE_CLOCK", "")
    return Config(
        state=Path(env.get("CARELINE_STATE") or ".state").absolute(),
        host=host,
        port=port,
        origin=origin,
        hosts=_hosts(env.get("CARELINE_HOSTS", ""), origin, host),
        database=_postgres(env.get("CARELINE_DATABASE", ""), "CARELINE_DATABASE"),
        log=_postgres(env.get("CARELINE_LOG", ""), "CARELINE_LOG"),
        clock=Path(clock).absolute() if clock else None,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def postgres_settings(url: str) -> dict[str, object]:
    """Django's database settings for a postgresql:// URL; `?host=/run/postgresql` names a socket folder."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    msg = f"CARELINE_PORT is {text!r}: set it to a number from 1 to 65535."
    raise ConfigError(msg)


def _origin(text: str, host: str, port: int) -> str:
    if not text:
        if not is_loopback(host):
            msg = f"CARELINE_HOST is {host}: set CARELINE_ORIGIN to the address that browsers use, as in https://desk.example."
            raise ConfigError(msg)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        msg = f"CARELINE_ORIGIN is {text!r}: set it to scheme and host alone, as in https://desk.example."
        raise ConfigError(msg)
    return text.rstrip("/")


def _hosts(text: str, origin: str, host: str) -> tuple[str, ...]:
    named = [name.strip() for name in text.split(",") if name.strip()]
    own = [urlsplit(origin).hostname or host]
    local = ["127.0.0.1", "localhost", "[::1]"] if is_loopback(host) else []
    return tuple(dict.fromkeys(named + own + local))


def _postgres(url: str, name: str) -> str:
    if not url or urlsplit(url).scheme in ("postgresql", "postgres"):
        return url
    msg = f"{name} must be a postgresql:// URL; leave it out for a SQLite file in the state folder."
    raise ConfigError(msg)
