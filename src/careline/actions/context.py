"""What every verb needs from outside: the time, a way to poke browsers, and who is acting in which workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from careline.domain.words import Role
from careline.ports.blobs import Blobs
from careline.ports.clock import Clock
from careline.ports.live import Poke
from careline.ports.presence import Presence


@dataclass(frozen=True, slots=True)
class Desk:
    """The outside, as the composition root chose it.

    For processes that show pages: `blobs`, where pictures are kept, and `live_ticket`, which makes the ticket with
    which a browser of (workspace id, user id) may listen for changes; `presence`, who is at which conversation. None
    where no page is shown.
    """

    clock: Clock
    poke: Poke
    blobs: Blobs | None = None
    live_ticket: Callable[[int, int], str] | None = None
    presence: Presence | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in a workspace, or the desk itself (`user_id` None, role None)."""

    workspace_id: int
    user_id: int | None = None
    role: Role | None = None


class _Installed:
    desk: Desk | None = None


def install(desk: Desk) -> None:
    """Called once by the composition root of a process."""
    _Installed.desk = desk


def current() -> Desk:
    """The installed desk. Raises RuntimeError where no composition root has run."""
    if _Installed.desk is None:
        msg = "No desk is installed: start through careline.server or careline.cli."
        raise RuntimeError(msg)
    return _Installed.desk
