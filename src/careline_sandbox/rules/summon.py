"""Whom an app may answer in public (x-platform 5.3).

Since February 2026 a self-serve app may reply only where the author of the post it answers has summoned its
account: by an explicit @mention in that post, or by quoting one of the account's posts. Whether a customer's
plain reply to our own post counts is not known; the setting ``engaged`` says yes, ``strict`` says no.
"""

from __future__ import annotations

import sqlite3

from careline_sandbox.world import posts, settings


def may_answer(connection: sqlite3.Connection, parent: sqlite3.Row, *, account_id: int) -> bool:
    """Whether ``account_id``, acting through a self-serve app, may reply to ``parent``."""
    if parent["author_id"] == account_id or posts.named(connection, parent["id"]).get(account_id):
        return True
    if _is_by(connection, parent["quoted_id"], account_id):
        return True
    engaged = settings.get(connection, "summon") == "engaged"
    return engaged and _is_by(connection, parent["in_reply_to_id"], account_id)


def _is_by(connection: sqlite3.Connection, post_id: int | None, account_id: int) -> bool:
    if post_id is None:
        return False
    row = posts.raw(connection, post_id)
    return row is not None and row["author_id"] == account_id
