"""Who wants to be told what: webhooks and activity subscriptions (x-platform 4.1 and 4.4).

Both belong to an app. The tables lie in the world's file, so that a restarted sandbox keeps telling.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_TABLES = """
CREATE TABLE IF NOT EXISTS webhooks (
  id INTEGER PRIMARY KEY,
  app_id INTEGER NOT NULL,
  url TEXT NOT NULL,
  valid INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (app_id, url)
) STRICT;
CREATE TABLE IF NOT EXISTS subscriptions (
  id INTEGER PRIMARY KEY,
  app_id INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  user_id INTEGER,
  direction TEXT,
  keyword TEXT,
  tag TEXT,
  webhook_id INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS webhook_checks (
  webhook_id INTEGER PRIMARY KEY, passed_at_ms INTEGER NOT NULL, failing_since_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS subscriptions_once ON subscriptions
  (app_id, event_type, coalesce(user_id, 0), coalesce(direction, ''), coalesce(keyword, ''));
"""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that an app registered; ``valid`` says whether it answered its last challenge."""

    id: int
    app_id: int
    url: str
    valid: bool
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event type about one person for one app, optionally sent to a webhook as well as to streams."""

    id: int
    app_id: int
    event_type: str
    user_id: int | None
    direction: str | None
    keyword: str | None
    tag: str | None
    webhook_id: int | None
    created_at_ms: int
    updated_at_ms: int

    @property
    def filter(self) -> dict[str, str]:
        """The filter as X shows it: only the parts that were given, ids as strings."""
        parts = {"user_id": self.user_id, "direction": self.direction, "keyword": self.keyword}
        return {name: str(value) for name, value in parts.items() if value is not None}


def prepare(connection: sqlite3.Connection) -> None:
    """Create the tables where they are missing."""
    connection.executescript(_TABLES)


def add_webhook(connection: sqlite3.Connection, *, webhook_id: int, app_id: int, url: str, at_ms: int) -> Webhook:
    """Keep an address that has just passed its challenge."""
    row = (webhook_id, app_id, url, 1, at_ms)
    connection.execute("INSERT INTO webhooks VALUES (?, ?, ?, ?, ?)", row)
    note_pass(connection, webhook_id, at_ms=at_ms)
    return Webhook(webhook_id, app_id, url, True, at_ms)


def webhooks(connection: sqlite3.Connection, *, app_id: int | None = None) -> list[Webhook]:
    """The webhooks of an app (of all apps), oldest first."""
    rows = connection.execute("SELECT * FROM webhooks WHERE ?1 IS NULL OR app_id = ?1 ORDER BY id", (app_id,))
    return [Webhook(**{**dict(row), "valid": bool(row["valid"])}) for row in rows]


def set_valid(connection: sqlite3.Connection, webhook_id: int, *, valid: bool) -> None:
    """Remember how the last challenge went."""
    connection.execute("UPDATE webhooks SET valid = ? WHERE id = ?", (int(valid), webhook_id))


def checks(connection: sqlite3.Connection, hook: Webhook) -> tuple[int, int | None]:
    """(when it last passed a challenge, since when it has been failing them), in milliseconds."""
    row = connection.execute("SELECT * FROM webhook_checks WHERE webhook_id = ?", (hook.id,)).fetchone()
    return (row["passed_at_ms"], row["failing_since_ms"]) if row else (hook.created_at_ms, None)


def note_pass(connection: sqlite3.Connection, webhook_id: int, *, at_ms: int) -> None:
    """It has passed a challenge just now."""
    connection.execute("INSERT OR REPLACE INTO webhook_checks VALUES (?, ?, NULL)", (webhook_id, at_ms))


def note_failure(connection: sqlite3.Connection, hook: Webhook, *, at_ms: int) -> int:
    """It has failed one; returns since when it has been failing."""
    passed_at_ms, since_ms = checks(connection, hook)
    since_ms = at_ms if since_ms is None else since_ms
    connection.execute("INSERT OR REPLACE INTO webhook_checks VALUES (?, ?, ?)", (hook.id, passed_at_ms, since_ms))
    return since_ms


def remove_webhook(connection: sqlite3.Connection, webhook_id: int) -> None:
    """Forget an address; subscriptions that named it go on, to streams alone."""
    connection.execute("DELETE FROM webhooks WHERE id = ?", (webhook_id,))
    connection.execute("DELETE FROM webhook_checks WHERE webhook_id = ?", (webhook_id,))
    connection.execute("UPDATE subscriptions SET webhook_id = NULL WHERE webhook_id = ?", (webhook_id,))


def add_subscription(connection: sqlite3.Connection, subscription: Subscription) -> None:
    """Keep a subscription. Raises sqlite3.IntegrityError where the app has one of that type and filter."""
    connection.execute(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        tuple(getattr(subscription, name) for name in Subscription.__slots__),
    )


def subscriptions(connection: sqlite3.Connection) -> list[Subscription]:
    """The subscriptions of all apps, oldest first."""
    rows = connection.execute("SELECT * FROM subscriptions ORDER BY id")
    return [Subscription(**dict(row)) for row in rows]


def subscription_rows(
    connection: sqlite3.Connection, *, app_id: int, edge: int, upwards: bool, limit: int
) -> list[sqlite3.Row]:
    """Rows of an app's subscriptions next below ``edge`` (with ``upwards``: above it), newest first."""
    compare, order = (">", "ASC") if upwards else ("<", "DESC")
    rows = connection.execute(
        f"SELECT * FROM subscriptions WHERE app_id = ? AND id {compare} ? ORDER BY id {order} LIMIT ?",  # noqa: S608
        (app_id, edge, limit),
    ).fetchall()
    return rows[::-1] if upwards else rows


def count_subscriptions(connection: sqlite3.Connection, *, app_id: int) -> int:
    """How many subscriptions an app has."""
    row = connection.execute("SELECT count(*) FROM subscriptions WHERE app_id = ?", (app_id,)).fetchone()
    return int(row[0])


def subscription(connection: sqlite3.Connection, subscription_id: int, *, app_id: int) -> Subscription | None:
    """One subscription, if it is the app's."""
    row = connection.execute(
        "SELECT * FROM subscriptions WHERE id = ? AND app_id = ?", (subscription_id, app_id)
    ).fetchone()
    return Subscription(**dict(row)) if row else None


def change_subscription(
    connection: sqlite3.Connection,
    subscription_id: int,
    *,
    tag: str | None,
    webhook_id: int | None,
    at_ms: int,
) -> None:
    """Set the two things about a subscription that X lets an app change."""
    connection.execute(
        "UPDATE subscriptions SET tag = ?, webhook_id = ?, updated_at_ms = ? WHERE id = ?",
        (tag, webhook_id, at_ms, subscription_id),
    )


def remove_subscription(connection: sqlite3.Connection, subscription_id: int, *, app_id: int) -> bool:
    """Forget a subscription of the app; False if there was none."""
    done = connection.execute("DELETE FROM subscriptions WHERE id = ? AND app_id = ?", (subscription_id, app_id))
    return bool(done.rowcount)
