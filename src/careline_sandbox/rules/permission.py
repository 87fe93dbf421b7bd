"""Who may write to whom in private (x-platform sections 7.2, 7.3 and 13, point 9)."""

from __future__ import annotations

import sqlite3

from careline_sandbox.world import dms, people


def may_write(connection: sqlite3.Connection, *, sender_id: int, recipient: sqlite3.Row) -> bool:
    """Whether the recipient takes a message from this sender.

    A block on either side ends it. Somebody who wrote first can always be answered; otherwise the recipient's
    setting decides: everyone, only people they follow, or nobody.
    """
    recipient_id = recipient["id"]
    if people.blocks(connection, source_id=recipient_id, target_id=sender_id):
        return False
    if people.blocks(connection, source_id=sender_id, target_id=recipient_id):
        return False
    if recipient["dm_from"] == "everyone":
        return True
    if dms.has_written(connection, sender_id=recipient_id, recipient_id=sender_id):
        return True
    return recipient["dm_from"] == "following" and people.follows(
        connection, source_id=recipient_id, target_id=sender_id
    )
