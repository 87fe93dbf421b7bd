"""The first steps of every process that touches the desk, in their order: environment, keys, Django, tables."""

from __future__ import annotations

import os

from careline.server.config import Config, ConfigError, read_config

_SMALLEST_DISK = 50_000_000


def start_django() -> Config:
    """Load settings and models for this install; makes the keys of a new one. Raises ConfigError."""
    config = read_config()
    os.environ["DJANGO_SETTINGS_MODULE"] = "careline.server.settings"
    check_state_folder(config)
    import django

    django.setup()
    return config


def open_desk() -> Config:
    """The same for whoever reads or writes the desk's tables: they must be this version's. Raises ConfigError."""
    config = start_django()
    from careline.server.schema import require_current

    require_current(config)
    return config


def check_state_folder(config: Config) -> None:
    """Make the folder if need be; it must be ours to write in, with room for at least one more database page."""
    try:
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"Cannot make the state folder {config.state} ({error.strerror}): name another one in CARELINE_STATE."
        raise ConfigError(msg) from error
    if not os.access(config.state, os.W_OK | os.X_OK):
        msg = f"The state folder {config.state} is not writable: start as its owner, or name another in CARELINE_STATE."
        raise ConfigError(msg)
    if free_bytes(config) < _SMALLEST_DISK:
        left = free_bytes(config) // 1_000_000
        msg = f"The disk of {config.state} is full ({left} MB left): make room and start again."
        raise ConfigError(msg)


def free_bytes(config: Config) -> int:
    """Room left for us on the state folder's disk."""
    space = os.statvfs(config.state)
    return space.f_bavail * space.f_frsize
