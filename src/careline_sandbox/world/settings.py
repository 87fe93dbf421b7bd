"""Switches of the world that outlive a restart: how replies are summoned, limits that a test changed."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

_DEFAULTS: dict[str, Any] = {"summon": "strict", "base_url": "http://127.0.0.1:8790", "limits": {}, "cast": {}}


def get(connection: sqlite3.Connection, key: str) -> Any:
    """The value of a known switch, its default where it was never set. Raises KeyError for an unknown one."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else _DEFAULTS[key]


def put(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Set a known switch. Raises KeyError for an unknown one."""
    if key not in _DEFAULTS:
        raise KeyError(key)
    connection.execute(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )
