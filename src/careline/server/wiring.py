"""The composition root: what the parts are given, chosen once for a process. Nothing below `server` knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings

from careline.actions.context import Desk, install
from careline.channels.base import Channel, Steps
from careline.channels.x.channel import XChannel
from careline.engines.blobs_disk import DiskBlobs
from careline.engines.clock import SharedClock, SystemClock
from careline.engines.log_postgres import PostgresEventLog
from careline.engines.log_sqlite import SqliteEventLog
from careline.engines.poke_loopback import LoopbackPoke
from careline.intake.apps import IntakeApp
from careline.live.tickets import Tickets
from careline.network.client import Client
from careline.network.perform import perform
from careline.network.session import Session, open_session
from careline.ports.blobs import Blobs
from careline.ports.clock import Clock
from careline.ports.event_log import EventLog
from careline.server.config import Config, ConfigError
from careline.store.models import Account, App
from careline.store.queries import operator

T = TypeVar("T")
#: Every network that this program speaks, by the name that apps and accounts carry.
CHANNELS: Mapping[str, Channel] = {XChannel.name: XChannel()}


@dataclass(frozen=True, slots=True)
class Wired:
    """The parts of one process."""

    config: Config
    desk: Desk
    log: EventLog
    blobs: Blobs
    channels: Mapping[str, Channel]
    client: Client

    def session(self, app: App, account: Account | None = None) -> Session:
        """Calls in the name of an app or of one of its accounts."""
        return open_session(
            self.client,
            self.desk.clock,
            self.channels[app.network],
            workspace_id=app.workspace_id,
            app_id=app.id,
            account_id=account.id if account else None,
        )

    def perform(self, account: Account, steps: Steps[T]) -> T:
        """Run a channel's steps in the name of an account."""
        return perform(self.session(account.app, account), steps)

    def close(self) -> None:
        """Let go of files and connections."""
        self.client.close()
        self.log.close()


def wire(config: Config) -> Wired:
    """Choose the engines and install the desk. Django must have been set up. Raises ConfigError, LogUnavailable."""
    clock = open_clock(config)
    refuse_simulated_time(config)
    blobs = DiskBlobs(config.blobs_dir)
    tickets = Tickets(settings.SECRET_KEY)
    desk = Desk(
        clock=clock,
        poke=LoopbackPoke(config.poke_socket),
        blobs=blobs,
        live_ticket=lambda workspace_id, user_id: tickets.issue(workspace_id=workspace_id, user_id=user_id),
    )
    install(desk)
    return Wired(config=config, desk=desk, log=open_log(config), blobs=blobs, channels=CHANNELS, client=Client())


def open_log(config: Config) -> EventLog:
    """The raw log, made if it is missing. Raises LogUnavailable."""
    return PostgresEventLog(config.log) if config.log else SqliteEventLog(config.log_file)


def open_clock(config: Config) -> Clock:
    """The machine's time, or the shared clock's. Raises ConfigError."""
    if config.clock is None:
        return SystemClock()
    try:
        return SharedClock(config.clock)
    except (OSError, ValueError) as error:
        msg = f"The clock file {config.clock} cannot be read: correct it, or unset CARELINE_CLOCK for the real time."
        raise ConfigError(msg) from error


def refuse_simulated_time(config: Config) -> None:
    """A simulated day must not decide when real people are written to (law 10). Raises ConfigError."""
    if config.clock is None:
        return
    real = operator.real_accounts()
    if real:
        msg = (
            f"CARELINE_CLOCK is set, but {real} real account(s) are connected: unset it; real accounts need real time."
        )
        raise ConfigError(msg)


def find_app(app_id: int) -> IntakeApp | None:
    """What intake must know of an app; reads the desk, so it is called in a thread."""
    found = operator.app(app_id)
    if found is None:
        return None
    secret = found.secrets.get("consumer_secret", "")
    return IntakeApp(found.id, found.workspace_id, found.network, secret)
