"""Backups: the desk first, the log after, the key never among them (docs/operations.md).

The log is copied last, so it holds every event that the copied desk has read; whatever came between is simply read
again after a restore (law 1). A backup is written under another name and renamed when it is whole and on disk. The
desk's key stays out, because a copy of both together would be a copy of everybody's tokens.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from careline import __version__
from careline.server import postgres_tools
from careline.server.config import Config, ConfigError

_MANIFEST = "backup.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: `desk`, `log` are "sqlite", "postgresql" or "" for not in it; `why`: what asked for it."""

    version: str
    made: str
    why: str
    desk: str
    log: str
    blobs: bool


def make_backup(config: Config, target: Path | None = None, *, why: str = "asked", desk_only: bool = False) -> Path:
    """Copy the install to `target` (default: a new folder in state/backups); return it. Raises ConfigError, OSError."""
    made = datetime.now(UTC)
    target = (target or config.state / "backups" / made.strftime("%Y-%m-%dT%H-%M-%SZ")).absolute()
    if target.exists():
        msg = f"{target} exists already: name a new folder for the backup."
        raise ConfigError(msg)
    _check_room(config, target, desk_only=desk_only)
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    try:
        manifest = Manifest(
            version=__version__,
            made=made.isoformat(timespec="seconds"),
            why=why,
            desk=_copy_desk(config, partial),
            log="" if desk_only else _copy_log(config, partial),
            blobs=False if desk_only else _copy_blobs(config, partial),
        )
        (partial / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n")
        _to_disk(partial)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return target


def read_manifest(source: Path) -> Manifest:
    """What the backup in this folder holds. Raises ConfigError if it is none."""
    try:
        return Manifest(**json.loads((source / _MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        msg = f"{source} is no backup: it has no readable {_MANIFEST}. Name the folder that `careline backup` printed."
        raise ConfigError(msg) from error


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy while others write: one step of SQLite's online backup holds one snapshot of a WAL file.

    (sqlite.org/backup.html; in several steps it would begin anew whenever another process writes.)
    """
    with closing(sqlite3.connect(source, timeout=10)) as old, closing(sqlite3.connect(target)) as new:
        try:
            old.backup(new)
            found = str(new.execute("PRAGMA quick_check").fetchone()[0])
        except sqlite3.OperationalError:
            raise  # a full disk, a missing file: nothing is wrong with the source
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        msg = f"{source} is damaged ({found}): restore an older backup."
        raise ConfigError(msg)


def _copy_desk(config: Config, folder: Path) -> str:
    if config.database:
        postgres_tools.dump(config.database, folder / "desk.dump", log=False)
        return "postgresql"
    if not config.desk_file.exists():
        msg = f"There is no desk in {config.state} yet: nothing to back up."
        raise ConfigError(msg)
    copy_sqlite(config.desk_file, folder / "desk.db")
    return "sqlite"


def _copy_log(config: Config, folder: Path) -> str:
    if config.log:
        postgres_tools.dump(config.log, folder / "log.dump", log=True)
        return "postgresql"
    if not config.log_file.exists():
        return ""
    copy_sqlite(config.log_file, folder / "intake.db")
    return "sqlite"


def _copy_blobs(config: Config, folder: Path) -> bool:
    if not config.blobs_dir.is_dir():
        return False
    shutil.copytree(config.blobs_dir, folder / "blobs", copy_function=link_or_copy)
    return True


def link_or_copy(source: str, target: str) -> str:
    """Pictures are never changed in place, so on the same disk a second name for one is as good as a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _check_room(config: Config, target: Path, *, desk_only: bool) -> None:
    files = [config.desk_file] + ([] if desk_only else [config.log_file])
    need = sum(file.stat().st_size for file in files if file.exists())
    folder = next(one for one in target.parents if one.exists())
    space = os.statvfs(folder)
    if space.f_bavail * space.f_frsize < need + 20_000_000:
        msg = f"A backup needs {need // 1_000_000 + 20} MB, {folder} has less: make room, or name another disk (--to)."
        raise ConfigError(msg)


def _to_disk(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
