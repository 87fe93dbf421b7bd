"""What the customers' pages show: lists of posts with all that hangs on them, conversations, and what is new."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from careline_sandbox.rules import compose
from careline_sandbox.site import texts
from careline_sandbox.world import dms, edits, media, people, posts
from careline_sandbox.world.posts import Span, View

TINTS = 8
MESSAGES = 100  # of a page
_LONG = 1200  # characters that a list shows of one post
_UNREAD = """SELECT count(*) FROM dms d WHERE recipient_id = ? AND visible_at_ms <= ? AND id > coalesce(
  (SELECT max(subject_id) FROM happenings
   WHERE kind = 'dm.read' AND actor_id = d.recipient_id AND other_id = d.sender_id), 0)"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A post with its author and what hangs on it."""

    row: sqlite3.Row
    author: sqlite3.Row
    text: list[texts.Piece]
    cut: bool
    answers_to: str
    quoted: Shown | None
    pictures: list[Picture]
    invitation: str
    replies: int
    mine: bool
    editable: bool
    versions: list[int]


@dataclass(frozen=True, slots=True)
class Picture:
    """An attached picture or video: where it is, what it shows, its size; a video's first picture."""

    url: str
    kind: str
    width: int
    height: int
    alt: str
    still: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation in a list: with whom, the last message, how many are unread."""

    other: sqlite3.Row
    last: sqlite3.Row
    unread: int


def tint(connection: sqlite3.Connection, person: sqlite3.Row) -> int:
    """The colour (a number) that stands for a person: the one they chose, else one that their id gives."""
    row = connection.execute("SELECT tint FROM site_people WHERE person_id = ?", (person["id"],)).fetchone()
    return int(row[0]) if row else (person["id"] >> 22) % TINTS


def news(connection: sqlite3.Connection, person_id: int, now_ms: int) -> tuple[int, int]:
    """(posts that name a person since they last looked, messages that they have not read)."""
    noticed = connection.execute("SELECT noticed_id FROM site_people WHERE person_id = ?", (person_id,)).fetchone()
    span = Span(limit=100, after=noticed[0] if noticed else 0)
    named = len(posts.mentions_of(connection, person_id, View(person_id, now_ms), span))
    return named, int(connection.execute(_UNREAD, (person_id, now_ms)).fetchone()[0])


def notice(connection: sqlite3.Connection, person_id: int, post_id: int) -> None:
    """Remember that a person has seen what names them up to this post."""
    row = people.get(connection, person_id)
    connection.execute(
        "INSERT INTO site_people (person_id, tint, noticed_id) VALUES (?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET noticed_id = max(noticed_id, excluded.noticed_id)",
        (person_id, tint(connection, row) if row else 0, post_id),
    )


def shown(connection: sqlite3.Connection, row: sqlite3.Row, view: View, *, whole: bool = False) -> Shown:
    """A post for this viewer, in full or (in lists) its beginning."""
    end = row["body_end"] if whole else min(row["body_end"], row["body_start"] + _LONG)
    quoted = posts.get(connection, row["quoted_id"], view) if row["quoted_id"] else None
    return Shown(
        row=row,
        author=_person(connection, row["author_id"]),
        text=texts.pieces(row, start=row["body_start"], end=end),
        cut=end < row["body_end"],
        answers_to=_username(connection, row["in_reply_to_user_id"]),
        quoted=_plain(connection, quoted) if quoted else None,
        pictures=_pictures(connection, row),
        invitation=texts.private_invitation(row),
        replies=posts.reply_count(connection, row["id"]),
        mine=row["author_id"] == view.viewer_id,
        editable=compose.may_edit(connection, row, person_id=view.viewer_id or 0, now_ms=view.now_ms),
        versions=edits.versions(connection, row["id"]),
    )


def home(connection: sqlite3.Connection, view: View, *, before: int | None) -> list[Shown]:
    """Everyone's posts, newest first, but not those of people whom the viewer blocked or who blocked them."""
    where = (
        "a.id NOT IN (SELECT target_id FROM blocks WHERE source_id = ?"
        " UNION SELECT source_id FROM blocks WHERE target_id = ?)"
    )
    rows = posts.listed(connection, view, _span(before), where=where, values=(view.viewer_id, view.viewer_id))
    return [shown(connection, row, view) for row in rows]


def of_person(
    connection: sqlite3.Connection, person_id: int, view: View, *, replies: bool, before: int | None
) -> list[Shown]:
    """A person's posts, newest first, with or without their answers."""
    rows = posts.by_author(connection, person_id, view, _span(before), replies=replies)
    return [shown(connection, row, view) for row in rows]


def naming(connection: sqlite3.Connection, view: View) -> list[Shown]:
    """Posts that name the viewer."""
    rows = posts.mentions_of(connection, view.viewer_id or 0, view, _span(None))
    return [shown(connection, row, view) for row in rows]


def parents(connection: sqlite3.Connection, row: sqlite3.Row, view: View) -> list[Shown]:
    """The posts above one, the first of them first; where one is gone, those above it stay away."""
    found: list[Shown] = []
    above = row["in_reply_to_id"]
    while above and len(found) < 50 and (parent := posts.get(connection, above, view)):
        found.append(shown(connection, parent, view))
        above = parent["in_reply_to_id"]
    return found[::-1]


def answers(connection: sqlite3.Connection, post_id: int, view: View) -> list[Shown]:
    """Direct answers to a post, in the order in which they were given."""
    rows = posts.answers_to(connection, post_id, view, limit=200)
    return [shown(connection, row, view) for row in rows[::-1]]


def earlier(connection: sqlite3.Connection, post_id: int, view: View) -> list[Shown]:
    """The versions of a post before this one, the latest first."""
    ids = [version for version in edits.versions(connection, post_id) if version < post_id]
    rows = [row for version in ids[::-1] if (row := posts.get(connection, version, view))]
    return [_plain(connection, row) for row in rows]


def talks(connection: sqlite3.Connection, me: int, now_ms: int) -> list[Talk]:
    """A person's conversations, the one with the newest message first."""
    rows = connection.execute(
        "SELECT max(id) FROM dms WHERE (sender_id = ? OR recipient_id = ?) AND visible_at_ms <= ?"
        " AND id NOT IN (SELECT dm_id FROM dm_deletions WHERE person_id = ?)"
        " GROUP BY conversation_id ORDER BY 1 DESC LIMIT 200",
        (me, me, now_ms, me),
    )
    found = []
    for (dm_id,) in rows.fetchall():
        last = dms.raw(connection, dm_id)
        assert last is not None
        other = last["recipient_id"] if last["sender_id"] == me else last["sender_id"]
        unread = connection.execute(f"{_UNREAD} AND sender_id = ?", (me, now_ms, other)).fetchone()[0]
        found.append(Talk(_person(connection, other), last, int(unread)))
    return found


def messages(
    connection: sqlite3.Connection, me: int, pair: str, now_ms: int, *, before: int | None
) -> tuple[list[dict[str, Any]], bool]:
    """A page of a conversation, the newest or those before an id, oldest first, as this person sees them.

    And whether there is something earlier still.
    """
    span = dms.Span(limit=MESSAGES + 1, from_ms=0, before=before or 2**63 - 1)
    rows = dms.of_person(connection, me, span, now_ms=now_ms, pair=pair)
    page = [
        {"row": row, "mine": row["sender_id"] == me, "picture": _private_picture(connection, row)}
        for row in rows[MESSAGES - 1 :: -1]
    ]
    return page, len(rows) > MESSAGES


def read_up_to(connection: sqlite3.Connection, *, reader_id: int, sender_id: int) -> int:
    """The last message from sender that reader has seen; 0 for none."""
    row = connection.execute(
        "SELECT coalesce(max(subject_id), 0) FROM happenings WHERE kind = 'dm.read' AND actor_id = ? AND other_id = ?",
        (reader_id, sender_id),
    ).fetchone()
    return int(row[0])


def newest_from(connection: sqlite3.Connection, *, sender_id: int, pair: str, now_ms: int) -> int:
    """The newest message that somebody wrote in a conversation; 0 for none."""
    row = connection.execute(
        "SELECT coalesce(max(id), 0) FROM dms WHERE conversation_id = ? AND sender_id = ? AND visible_at_ms <= ?",
        (pair, sender_id, now_ms),
    ).fetchone()
    return int(row[0])


def found_people(connection: sqlite3.Connection, words: str) -> list[sqlite3.Row]:
    """People whose username or name holds these words; customers before businesses."""
    like = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    return connection.execute(
        "SELECT * FROM people WHERE username LIKE ? ESCAPE '!' OR name LIKE ? ESCAPE '!'"
        " ORDER BY verified_type IN ('business', 'government'), id DESC LIMIT 60",
        (like, like),
    ).fetchall()


def _span(before: int | None) -> Span:
    return Span(limit=40, before=before or 2**63 - 1)


def _person(connection: sqlite3.Connection, person_id: int) -> sqlite3.Row:
    row = people.get(connection, person_id)
    assert row is not None  # posts and messages belong to people, and people are never taken away
    return row


def _username(connection: sqlite3.Connection, person_id: int | None) -> str:
    row = people.get(connection, person_id) if person_id else None
    return row["username"] if row else ""


def _plain(connection: sqlite3.Connection, row: sqlite3.Row) -> Shown:
    text = texts.pieces(row, start=row["body_start"], end=row["body_end"])
    by = _person(connection, row["author_id"])
    return Shown(row, by, text, False, "", None, _pictures(connection, row), "", 0, False, False, [row["id"]])


def _pictures(connection: sqlite3.Connection, row: sqlite3.Row) -> list[Picture]:
    uploads = [upload for key in json.loads(row["media_ids"]) if (upload := media.get(connection, key))]
    return [
        _picture(upload, f"/media/{key}.{_ending(upload)}", still=f"/media/{key}-still.jpg")
        for upload in uploads
        for key in (upload["media_key"],)
    ]


def _private_picture(connection: sqlite3.Connection, row: sqlite3.Row) -> Picture | None:
    upload = media.get(connection, row["media_id"]) if row["media_id"] else None
    path = f"/_site/messages/{row['id']}"
    return _picture(upload, f"{path}/media", still=f"{path}/still") if upload else None


def _picture(upload: sqlite3.Row, url: str, *, still: str) -> Picture:
    kind = {"animated_gif": "GIF"}.get(found := media.kind_of(upload["category"]), found)
    return Picture(url, kind, upload["width"], upload["height"], upload["alt_text"], still)


def _ending(upload: sqlite3.Row) -> str:
    return media.extension(upload["content_type"])
