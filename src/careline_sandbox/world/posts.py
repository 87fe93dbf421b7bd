"""Posts as X has them, and who is named in them.

``body_start`` and ``body_end`` bound what a person sees: before lie the @names that a reply carries by itself
(implicit mentions), behind the links that X adds for media and quotes. A deleted post keeps its row, so that
replies to it keep their place; a post may become visible later than it was made (a fault that tests ask for).
"""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from careline_sandbox.world import edits, happenings


@dataclass(frozen=True, slots=True)
class View:
    """Through whose eyes, and when: what is hidden from ``viewer_id`` (None: an app) at ``now_ms`` stays out."""

    viewer_id: int | None
    now_ms: int


_VISIBLE = """p.deleted_at_ms IS NULL AND p.visible_at_ms <= ? AND
  (a.protected = 0 OR a.id = ? OR
   EXISTS (SELECT 1 FROM follows WHERE source_id = ? AND target_id = a.id))"""

_ANSWERS = "in_reply_to_id IN (SELECT value FROM json_each(?))"
# A fault may keep an edit back for a while: until it shows, the version before it does.
_NEWEST = """NOT EXISTS (SELECT 1 FROM edits e JOIN posts n ON n.id = e.post_id
  WHERE e.replaced_id = p.id AND n.visible_at_ms <= ?)"""


def add(
    connection: sqlite3.Connection,
    *,
    post_id: int,
    author_id: int,
    text: str,
    written: str,
    at_ms: int,
    entities: dict[str, Any],
    body_start: int = 0,
    body_end: int | None = None,
    conversation_id: int | None = None,
    in_reply_to_id: int | None = None,
    in_reply_to_user_id: int | None = None,
    quoted_id: int | None = None,
    media_ids: Sequence[int] = (),
    reply_settings: str = "everyone",
    app_id: int | None = None,
    visible_at_ms: int | None = None,
) -> None:
    """Write one finished post, who is mentioned in it, and that it happened.

    ``written`` is the text before links were shortened: what duplicates are told by.

    Raises sqlite3.IntegrityError if the id is taken.
    """
    visible = at_ms if visible_at_ms is None else visible_at_ms
    connection.execute(
        "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            *(post_id, author_id, text, written, body_start, len(text) if body_end is None else body_end),
            *(conversation_id or post_id, in_reply_to_id, in_reply_to_user_id, quoted_id),
            *(json.dumps(entities), json.dumps(list(media_ids)), reply_settings, app_id, at_ms, visible),
        ),
    )
    named = {} if in_reply_to_user_id in (None, author_id) else {in_reply_to_user_id: False}
    for mention in entities.get("mentions", ()):
        person_id = int(mention["id"])
        named[person_id] = named.get(person_id, False) or mention["start"] >= body_start
    connection.executemany(
        "INSERT INTO mentions VALUES (?, ?, ?)",
        [(person_id, post_id, int(explicit)) for person_id, explicit in named.items()],
    )
    happenings.append(
        connection,
        "post.create",
        at_ms=at_ms,
        actor_id=author_id,
        subject_id=post_id,
        other_id=in_reply_to_user_id,
        visible_at_ms=visible,
    )


def delete(connection: sqlite3.Connection, post_id: int, *, at_ms: int) -> None:
    """Take a post away, in all its versions. Whether the caller may is the caller's business."""
    for version in edits.versions(connection, post_id):
        row = raw(connection, version)
        if row is None or row["deleted_at_ms"] is not None:
            continue
        connection.execute("UPDATE posts SET deleted_at_ms = ? WHERE id = ?", (at_ms, version))
        happenings.append(connection, "post.delete", at_ms=at_ms, actor_id=row["author_id"], subject_id=version)


def raw(connection: sqlite3.Connection, post_id: int) -> sqlite3.Row | None:
    """The post's row, visible or not."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM posts WHERE id = ?", (post_id,)).fetchone()
    return row


def get(connection: sqlite3.Connection, post_id: int, view: View) -> sqlite3.Row | None:
    """The post, if it is there for this viewer."""
    row: sqlite3.Row | None = connection.execute(
        f"SELECT p.* FROM posts p JOIN people a ON a.id = p.author_id WHERE p.id = ? AND {_VISIBLE}",
        (post_id, *_eyes(view)),
    ).fetchone()
    return row


def is_hidden_author(connection: sqlite3.Connection, post_id: int, view: View) -> bool:
    """Whether the post exists but its author is protected from this viewer (another error than "not found")."""
    row = raw(connection, post_id)
    gone = row is None or row["deleted_at_ms"] is not None or row["visible_at_ms"] > view.now_ms
    return not gone and get(connection, post_id, view) is None


def named(connection: sqlite3.Connection, post_id: int) -> dict[int, bool]:
    """Who is mentioned in a post: person id -> whether explicitly, in the body."""
    rows = connection.execute("SELECT person_id, explicit FROM mentions WHERE post_id = ?", (post_id,))
    return {int(row["person_id"]): bool(row["explicit"]) for row in rows}


def said_before(connection: sqlite3.Connection, author_id: int, written: str, *, since_ms: int) -> bool:
    """Whether the author has a standing post written in exactly these words at or after ``since_ms``."""
    row = connection.execute(
        "SELECT 1 FROM posts WHERE author_id = ? AND written = ? AND created_at_ms >= ?"
        " AND deleted_at_ms IS NULL LIMIT 1",
        (author_id, written, since_ms),
    ).fetchone()
    return row is not None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a list of posts, newest first: ids strictly between ``after`` and ``before``, at most ``limit``.

    ``from_ms`` and ``to_ms`` bound the time (from inclusive, to exclusive). With ``upwards`` the ``limit``
    posts next above ``after`` are meant (X's previous page) rather than the newest.
    """

    limit: int
    after: int = 0
    before: int = 2**63 - 1
    from_ms: int = 0
    to_ms: int = 2**62
    upwards: bool = False


def listed(
    connection: sqlite3.Connection, view: View, span: Span, *, where: str, values: Sequence[Any] = ()
) -> list[sqlite3.Row]:
    """Posts that this viewer sees and that ``where`` (over ``p``, ``a``) keeps, newest first.

    Of an edited post only the newest version is listed.
    """
    order = "ASC" if span.upwards else "DESC"
    rows = connection.execute(
        f"SELECT p.* FROM posts p JOIN people a ON a.id = p.author_id WHERE ({where})"
        " AND p.id > ? AND p.id < ? AND p.created_at_ms >= ? AND p.created_at_ms < ?"
        f" AND {_VISIBLE} AND {_NEWEST} ORDER BY p.id {order} LIMIT ?",
        (*values, span.after, span.before, span.from_ms, span.to_ms, *_eyes(view), view.now_ms, span.limit),
    ).fetchall()
    return rows[::-1] if span.upwards else rows


def mentions_of(connection: sqlite3.Connection, person_id: int, view: View, span: Span) -> list[sqlite3.Row]:
    """Posts that name a person, by the body or by being a reply; never further back than X's 800."""
    where = (
        "p.id IN (SELECT post_id FROM mentions WHERE person_id = ? AND post_id > ? AND post_id < ?)"
        " AND p.author_id <> ?"
    )
    floor = _floor(connection, "SELECT post_id FROM mentions WHERE person_id = ? ORDER BY post_id DESC", person_id, 800)
    after = max(span.after, floor)
    return listed(connection, view, span, where=where, values=(person_id, after, span.before, person_id))


def by_author(
    connection: sqlite3.Connection, person_id: int, view: View, span: Span, *, replies: bool = True
) -> list[sqlite3.Row]:
    """A person's own posts, newest first, with or without answers; never further back than X's 3,200."""
    floor = _floor(connection, "SELECT id FROM posts WHERE author_id = ? ORDER BY id DESC", person_id, 3200)
    kept = "" if replies else " AND p.in_reply_to_id IS NULL"
    return listed(connection, view, span, where=f"p.author_id = ? AND p.id > ?{kept}", values=(person_id, floor))


def answers_to(connection: sqlite3.Connection, post_id: int, view: View, *, limit: int) -> list[sqlite3.Row]:
    """Direct answers to a post, to whichever version of it, newest first."""
    value = json.dumps(edits.versions(connection, post_id))
    return listed(connection, view, Span(limit=limit), where=_ANSWERS, values=(value,))


def reply_count(connection: sqlite3.Connection, post_id: int) -> int:
    """How many direct replies to a post stand, to whichever version of it."""
    row = connection.execute(
        f"SELECT count(*) FROM posts WHERE {_ANSWERS} AND deleted_at_ms IS NULL"
        " AND id NOT IN (SELECT replaced_id FROM edits)",
        (json.dumps(edits.versions(connection, post_id)),),
    ).fetchone()
    return int(row[0])


def _floor(connection: sqlite3.Connection, ids: str, person_id: int, depth: int) -> int:
    row = connection.execute(f"{ids} LIMIT 1 OFFSET ?", (person_id, depth)).fetchone()
    return int(row[0]) if row else 0


def _eyes(view: View) -> tuple[int, int, int]:
    viewer = view.viewer_id or -1
    return view.now_ms, viewer, viewer
