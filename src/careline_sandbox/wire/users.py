"""A person as X shows them (x-platform 7.1)."""

from __future__ import annotations

import sqlite3
from typing import Any

from careline_sandbox.rules import permission
from careline_sandbox.wire.fields import Asked, names
from careline_sandbox.wire.times import iso
from careline_sandbox.world import people, settings

DEFAULT_IMAGE = "/media/default_profile_normal.png"
EVERYTHING = Asked(
    user_fields=names("""
    created_at description is_identity_verified profile_image_url protected public_metrics verified
    verified_type
    """)
)


def user_object(
    connection: sqlite3.Connection, person_id: int, *, viewer_id: int | None = None, asked: Asked = EVERYTHING
) -> dict[str, Any]:
    """The v2 user: id, name, username and the fields asked for (default: those of activity events).

    ``receives_your_dm`` and ``connection_status`` exist only in user context. Raises LookupError for a person
    who does not exist.
    """
    person = people.get(connection, person_id)
    if person is None:
        raise LookupError(f"there is no person {person_id}")
    shown: dict[str, Any] = {
        "id": str(person["id"]),
        "name": person["name"],
        "username": person["username"],
    }
    wanted = asked.user_fields
    if wanted:
        shown.update({key: value for key, value in _plain(connection, person).items() if key in wanted})
        if "public_metrics" in wanted:
            shown["public_metrics"] = _metrics(connection, person_id, asked)
        if viewer_id is not None:
            shown.update(_between(connection, person, viewer_id, wanted))
    return shown


def _plain(connection: sqlite3.Connection, person: sqlite3.Row) -> dict[str, Any]:
    verified = person["verified_type"] != "none"
    image = person["profile_image_url"] or settings.get(connection, "base_url") + DEFAULT_IMAGE
    return {
        "created_at": iso(person["created_at_ms"]),
        "description": person["description"],
        "is_identity_verified": False,
        "profile_image_url": image,
        "protected": bool(person["protected"]),
        "verified": verified,
        "verified_type": person["verified_type"],
        "subscription_type": "Premium" if verified else "None",
    }


def _metrics(connection: sqlite3.Connection, person_id: int, asked: Asked) -> dict[str, int]:
    followers, following, posted = connection.execute(
        "SELECT (SELECT count(*) FROM follows WHERE target_id = ?), (SELECT count(*) FROM follows WHERE"
        " source_id = ?), (SELECT count(*) FROM posts WHERE author_id = ? AND deleted_at_ms IS NULL"
        " AND id NOT IN (SELECT replaced_id FROM edits))",
        (person_id, person_id, person_id),
    ).fetchone()
    return {
        "followers_count": followers,
        "following_count": following,
        asked.spell("tweet_count"): posted,
        "listed_count": 0,
        "like_count": 0,
        "media_count": 0,
    }


def _between(
    connection: sqlite3.Connection, person: sqlite3.Row, viewer_id: int, wanted: frozenset[str]
) -> dict[str, Any]:
    """What holds between the viewer and this person. X never tells that somebody blocked you (7.2)."""
    found: dict[str, Any] = {}
    person_id = person["id"]
    if "receives_your_dm" in wanted:
        found["receives_your_dm"] = person_id != viewer_id and permission.may_write(
            connection, sender_id=viewer_id, recipient=person
        )
    if "connection_status" in wanted:
        ours = {"source_id": viewer_id, "target_id": person_id}
        theirs = {"source_id": person_id, "target_id": viewer_id}
        ties = {
            "following": people.follows(connection, **ours),
            "followed_by": people.follows(connection, **theirs),
            "blocking": people.blocks(connection, **ours),
        }
        found["connection_status"] = [tie for tie, holds in ties.items() if holds]
    return found
