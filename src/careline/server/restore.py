"""Putting a backup back. What was there is moved aside, never deleted, and the log gets a new epoch.

The new epoch tells every reader that this is not the file it was reading (design: the pump's cursor carries the
epoch), so that nobody takes event 900 of the old file for event 900 of this one.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from careline.server import postgres_tools
from careline.server.backup import Manifest, copy_sqlite, link_or_copy, read_manifest
from careline.server.config import Config, ConfigError


def restore_backup(config: Config, source: Path) -> Path | None:
    """Make the install what `source` holds; return where the old files went. Nothing may run. Raises ConfigError."""
    manifest = read_manifest(source)
    _check(config, manifest)
    aside = _move_aside(config, manifest)
    try:
        _put_back(config, manifest, source)
    except BaseException:
        _undo(config, aside)
        raise
    return aside


def _put_back(config: Config, manifest: Manifest, source: Path) -> None:
    if manifest.desk == "postgresql":
        postgres_tools.load(config.database, source / "desk.dump")
    else:
        copy_sqlite(source / "desk.db", config.desk_file)
    _restore_log(config, manifest, source)
    if manifest.blobs:
        shutil.copytree(source / "blobs", config.blobs_dir, copy_function=link_or_copy, dirs_exist_ok=True)


def require_key(config: Config) -> None:
    """A restored desk without its key is useless, and a new key would hide that. Raises ConfigError."""
    if not config.keys_file.exists():
        msg = f"Put the key file back first: copy it to {config.keys_file}, or name it with --key."
        raise ConfigError(msg)


def _check(config: Config, manifest: Manifest) -> None:
    for what, held, url in (("desk", manifest.desk, config.database), ("log", manifest.log, config.log)):
        here = "postgresql" if url else "sqlite"
        if held and held != here:
            name = "CARELINE_DATABASE" if what == "desk" else "CARELINE_LOG"
            msg = f"The backup's {what} is {held} and this install's is {here}: set {name} to match the backup."
            raise ConfigError(msg)


def _move_aside(config: Config, manifest: Manifest) -> Path | None:
    doomed = [config.desk_file] if manifest.desk == "sqlite" else []
    doomed += [config.log_file] if manifest.log == "sqlite" else []
    files = [file.with_name(file.name + tail) for file in doomed for tail in ("", "-wal", "-shm")]
    present = [file for file in files if file.exists()]
    if not present:
        return None
    aside = config.state / "before-restore" / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    aside.mkdir(mode=0o700, parents=True)
    for file in present:
        file.rename(aside / file.name)
    return aside


def _undo(config: Config, aside: Path | None) -> None:
    """A restore that failed half-way (a full disk) leaves what was here before in its place."""
    for file in aside.iterdir() if aside else ():
        file.replace(config.state / file.name)


def _restore_log(config: Config, manifest: Manifest, source: Path) -> None:
    if not manifest.log:
        return
    if manifest.log == "postgresql":
        postgres_tools.load(config.log, source / "log.dump")
    else:
        copy_sqlite(source / "intake.db", config.log_file)
    from careline.server.wiring import open_log

    log = open_log(config)
    try:
        log.renew_epoch()
    finally:
        log.close()
