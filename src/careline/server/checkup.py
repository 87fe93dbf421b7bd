"""How an install is, in sentences: each check says what it found and, where something is owed, what to do about it.

A check that itself fails is a finding, never the end of the others: this is read when something is already wrong.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from careline.server.config import Config, is_loopback
from careline.server.locks import is_running
from careline.server.schema import Schema, place, schema_state
from careline.server.start import free_bytes

_DAY_MS = 24 * 3_600_000
_LITTLE_DISK = 1_000_000_000
_LATE_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `advice` is empty where all is well."""

    subject: str
    words: str
    advice: str = ""


def check_up(config: Config) -> Iterator[Finding]:
    """All findings, in the order in which one would look."""
    yield from _try("settings", lambda: _settings(config))
    yield from _try("keys", lambda: _keys(config))
    yield from _try("disk", lambda: _disk(config))
    desk = list(_try("desk", lambda: _desk(config)))
    yield from desk
    if any(finding.advice for finding in desk):
        return
    yield from _try("log", lambda: _log(config))
    yield from _try("clock", lambda: _clock(config))
    yield from _try("processes", lambda: _processes(config))
    yield from _try("accounts", _accounts)
    yield from _try("work", _owed)


def secrets_readable() -> str | None:
    """Whether the install's keys open what is in the database; if not, why."""
    from careline.store.fields import SecretsUnreadable
    from careline.store.queries import operator

    try:
        operator.apps()
        operator.accounts()
    except SecretsUnreadable as error:
        return str(error)
    return None


def _try(subject: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        yield Finding(subject, words, "Put this right first; the other checks may depend on it.")


def _settings(config: Config) -> Iterator[Finding]:
    yield Finding("settings", f"State folder {config.state}, browsers come to {config.origin}.")
    if not is_loopback(config.host) and not config.secure:
        yield Finding(
            "settings",
            f"Listens on {config.host} for browsers without TLS: passwords and messages cross the network in clear.",
            "Put a TLS proxy before it and set CARELINE_ORIGIN to its https address.",
        )
    for path in (config.state, config.desk_file, config.log_file):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            mode = "700" if path.is_dir() else "600"
            yield Finding("settings", f"{path} can be read by others on this machine.", f"chmod {mode} {path}")


def _keys(config: Config) -> Iterator[Finding]:
    from careline.server.keys import load_keys

    held = len(load_keys(config).secrets)
    if stat.S_IMODE(config.keys_file.stat().st_mode) & 0o077:
        yield Finding("keys", f"{config.keys_file} can be read by others.", f"chmod 600 {config.keys_file}")
    else:
        yield Finding(
            "keys", f"{held} key{'s' if held > 1 else ''} in {config.keys_file}. Keep a copy away from backups."
        )


def _disk(config: Config) -> Iterator[Finding]:
    free = free_bytes(config)
    words = f"{free / 1e9:.1f} GB free for {config.state}."
    yield Finding("disk", words, "Make room: intake stops when the disk is full." if free < _LITTLE_DISK else "")


def _desk(config: Config) -> Iterator[Finding]:
    state = schema_state()
    advice = {
        Schema.NEW: "Run ./up, or careline migrate.",
        Schema.OLD: "Run careline migrate (it makes a backup first).",
        Schema.NEWER: "Start the newer version of Careline, or restore an older backup.",
        Schema.CURRENT: "",
    }[state]
    words = {
        Schema.NEW: "has no tables yet.",
        Schema.OLD: "is that of an older version.",
        Schema.NEWER: "was made by a newer version of Careline.",
        Schema.CURRENT: "is that of this version.",
    }[state]
    yield Finding("desk", f"{place(config)} {words}", advice)
    if state is Schema.CURRENT and (trouble := secrets_readable()):
        yield Finding("desk", trouble, f"Copy the right key file to {config.keys_file}.")


def _log(config: Config) -> Iterator[Finding]:
    from careline.intake.pump import position
    from careline.server.wiring import open_log

    log = open_log(config)
    try:
        head, read = log.head(), position(log)
        newest = log.get([head])
    finally:
        log.close()
    late = head - read
    advice = "Start the worker (careline run); if it runs, look into its log." if late > _LATE_EVENTS else ""
    yield Finding("log", f"{head} events logged, {late} of them not read yet.", advice)
    if newest and config.clock is None and newest[0].received_ms > _now_ms() + 300_000:
        yield Finding("clock", "The newest event is from the future.", "Set this machine's clock (timedatectl).")


def _clock(config: Config) -> Iterator[Finding]:
    from careline.server.wiring import open_clock, refuse_simulated_time

    refuse_simulated_time(config)
    shown = datetime.fromtimestamp(open_clock(config).now_ms() / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    kind = "the real time" if config.clock is None else "simulated time"
    yield Finding("clock", f"It is {shown}, {kind}.")


def _processes(config: Config) -> Iterator[Finding]:
    for role, loss in (("web", "nobody can sign in and no webhook is taken"), ("worker", "nothing is read or sent")):
        if is_running(config, role):
            yield Finding("processes", f"The {role} process runs.")
        else:
            yield Finding("processes", f"The {role} process does not run: {loss}.", "Start it: ./up, or careline run.")


def _accounts() -> Iterator[Finding]:
    from careline.store.queries import operator

    accounts = operator.accounts()
    if not accounts:
        yield Finding(
            "accounts", "No account is connected.", "Run ./up for the demo; real accounts come with a later release."
        )
    for account in accounts:
        name = f"{account} in {account.workspace.slug}"
        if account.trouble:
            yield Finding("accounts", f"{name}: {account.trouble}", "Connect the account again.")
        elif not account.connected:
            yield Finding("accounts", f"{name} is not connected: X will report nothing.", "Connect the account again.")
        else:
            yield Finding("accounts", f"{name} is connected.")


def _owed() -> Iterator[Finding]:
    from careline.store.queries import operator

    for owed in operator.owed(_now_ms() - 30 * _DAY_MS):
        slug = owed.workspace.slug
        if owed.set_aside:
            yield Finding(
                "work",
                f"{slug}: {owed.set_aside} event(s) could not be read and are set aside.",
                f"careline set-aside list --workspace {slug}; after an update, careline set-aside retry.",
            )
        if owed.gaps:
            yield Finding(
                "work",
                f"{slug}: {owed.gaps} time(s) within 30 days for which X's lists did not reach back.",
                "Look at the account on X itself for these times: careline doctor --gaps lists them.",
            )
        if owed.stuck:
            yield Finding(
                "work",
                f"{slug}: {owed.stuck} message(s) may or may not have been sent; X does not show which.",
                "Open them in the desk (they say 'needs a person') and decide.",
            )
        if not (owed.set_aside or owed.gaps or owed.stuck):
            yield Finding("work", f"{slug}: nothing waits for a person.")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
