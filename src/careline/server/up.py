"""Everything that `careline up` brings to where it runs, and the words it says about it."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from careline.server import people
from careline.server.config import Config, ConfigError
from careline.server.demo import SLUG, make_demo
from careline.server.locks import is_running
from careline.server.logs import configure_logs
from careline.server.ports import check_port
from careline.server.run import Supervisor, role_command
from careline.server.wiring import wire
from careline.store.models import Membership, User
from careline.store.scoped import scoped

EMAIL = "you@demo.example"
_READY_WITHIN_S = 60.0
_Say = Callable[[str], None]


class Stopped(Exception):
    """Somebody pressed Ctrl-C while we were starting."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo beside the desk. `cast_speed`: how fast the invented customers are, None for none of them."""

    port: int
    cast_speed: float | None

    @property
    def origin(self) -> str:
        """Where the local X answers."""
        return f"http://127.0.0.1:{self.port}"


def bring_up(config: Config, demo: Demo | None, say: _Say) -> None:
    """Start what is missing, say where everything is, and keep it running until Ctrl-C or SIGTERM.

    Without a demo that is the desk alone.
    """
    check_port(config.host, config.port, "CARELINE_PORT")
    if demo is not None:
        check_port("127.0.0.1", demo.port, "CARELINE_SANDBOX_PORT")
    logs = config.state / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    configure_logs(logs / "up.log")
    supervisor = Supervisor()
    try:
        if demo is not None:
            supervisor.start("sandbox", _sandbox_command(config, demo.port), log=logs / "sandbox.log")
            _await(supervisor, "sandbox", lambda: _answers(f"{demo.origin}/_sandbox/health"), logs)
            _furnish(config, demo, say)
        for role in ("web", "worker"):
            supervisor.start(role, role_command(role), log=logs / f"{role}.log")
        _await(supervisor, "web", lambda: _answers(f"{config.origin}/healthz"), logs)
        _await(supervisor, "worker", lambda: is_running(config, "worker"), logs)
        _keep(_running_file(config), {"desk": config.origin, "sandbox": demo.origin if demo else ""})
        _announce(config, config.origin, demo.origin if demo else "", say)
        if demo is not None and demo.cast_speed is not None:
            say("Invented customers write to the brand and react to what you do; --quiet starts without them.")
        say("Ctrl-C stops everything.")
        while not supervisor.wait(3600):
            pass
        say("Stopping.")
    except Stopped:
        say("Stopping.")
    finally:
        _running_file(config).unlink(missing_ok=True)
        supervisor.stop()


def already_up(config: Config, say: _Say) -> None:
    """Say where the running install is, as it said itself."""
    try:
        where = json.loads(_running_file(config).read_text())
    except (OSError, ValueError):
        say("Careline is just starting on this state folder: look where it was started.")
        return
    say("Careline is running already; Ctrl-C where it was started stops it.")
    _announce(config, where["desk"], where["sandbox"], say)


def _furnish(config: Config, demo: Demo, say: _Say) -> None:
    """The demo workspace and somebody to sign in."""
    wired = wire(config)
    try:
        workspace = make_demo(wired, demo.origin, say, cast_speed=demo.cast_speed)
        if not scoped(Membership, workspace.id).exists():
            person, password = people.add_person(workspace, email=EMAIL, name="You", role="admin", password=None)
            if password is not None:
                _keep(_sign_in_file(config), {"email": person.email, "password": password})
    finally:
        wired.close()


def _sign_in(config: Config) -> str:
    """Who signs in with what; a password that was changed since is not ours to know."""
    try:
        kept = json.loads(_sign_in_file(config).read_text())
    except (OSError, ValueError):
        kept = {}
    person = User.objects.filter(email=EMAIL).first()
    if person is not None and kept and person.check_password(kept["password"]):
        return f"{kept['email']}   password: {kept['password']}"
    return f"{EMAIL}   with the password you set (forgotten: careline user password {EMAIL})"


def _sign_in_file(config: Config) -> Path:
    return config.state / "sign-in.json"


def _running_file(config: Config) -> Path:
    return config.state / "running.json"


def _keep(place: Path, what: dict[str, str]) -> None:
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(what, file)


def _announce(config: Config, desk: str, sandbox: str, say: _Say) -> None:
    say("")
    if sandbox:
        say(f"  Desk      {desk}/{SLUG}/")
        say(f"  Sign in   {_sign_in(config)}")
        say(f"  Local X   {sandbox}/   (be a customer here)")
    else:
        say(f"  Desk      {desk}/")
        say("  Sandbox   left; careline up --demo makes a new one")
    say(f"  Logs      {config.state / 'logs'}")
    say("")


def _sandbox_command(config: Config, port: int) -> list[str]:
    state = str(config.state / "sandbox.db")
    # The same interpreter and path as ours, whether or not the command is installed; it stays a stranger to this one.
    program = "from careline_sandbox.cli import main; main()"
    return [sys.executable, "-c", program, "serve", "--port", str(port), "--state", state]


def _await(supervisor: Supervisor, name: str, ready: Callable[[], bool], logs: Path) -> None:
    """Wait until it answers. Raises ConfigError if it dies or takes too long, Stopped on Ctrl-C."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while not ready():
        if supervisor.wait(0.1):
            raise Stopped
        if supervisor.restarts(name) > 1 or time.monotonic() > deadline:
            msg = f"The {name} process did not start: {_last_line(logs / f'{name}.log')}"
            raise ConfigError(msg)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else f"see {log}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own loopback address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
