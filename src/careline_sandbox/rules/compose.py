"""Making a post out of what was written, and refusing what X refuses (x-platform sections 5.1 to 5.3).

A reply carries the @names of those it answers by itself, in front of the text and outside the count; links
become t.co links; media and quotes hang a link at the end. Identical text by the same author within a day is a
duplicate.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from careline_sandbox.rules import entities, summon, weight
from careline_sandbox.wire import errors
from careline_sandbox.world import edits, media, people, posts
from careline_sandbox.world.posts import View

DUPLICATE_WINDOW_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to post."""

    text: str = ""
    in_reply_to_id: int | None = None
    exclude_reply_user_ids: frozenset[int] = field(default_factory=frozenset)
    quoted_id: int | None = None
    media_ids: tuple[int, ...] = ()
    deep_link: str | None = None
    reply_settings: str = "everyone"
    replaces_id: int | None = None


def publish(
    connection: sqlite3.Connection,
    draft: Draft,
    *,
    author: sqlite3.Row,
    app: sqlite3.Row | None,
    post_id: int,
    at_ms: int,
    visible_at_ms: int | None = None,
) -> str:
    """Write the post under ``post_id`` and return its full text.

    ``app`` is the developer app that asks, None for a person in X's own client, to whom the rules for apps do
    not apply. Raises errors.Problem for what X refuses.
    """
    view = View(author["id"], at_ms)
    draft, replaced = _as_edit(connection, draft, author_id=author["id"], at_ms=at_ms)
    self_serve = app is not None and app["tier"] == "self_serve"
    parent = _parent(connection, draft, view, self_serve=self_serve)
    quoted = _quoted(connection, draft, view, self_serve=self_serve)
    shown = _check_media(connection, draft, author_id=author["id"], at_ms=at_ms)
    prefix, body = _split(connection, draft, parent=parent, author=author)
    _check_length(draft, body, limit=limit(author))
    if self_serve and entities.cashtags(body) > 1:
        raise errors.forbidden()
    written = _with_deep_link(prefix + body, draft)
    if not draft.media_ids and posts.said_before(
        connection, author["id"], written, since_ms=at_ms - DUPLICATE_WINDOW_MS
    ):
        raise errors.forbidden(errors.DUPLICATE)
    text, links = entities.shorten(written, seed=post_id)
    body_end = len(text)
    text, extra = _hang_on(connection, text, author=author, post_id=post_id, quoted=quoted, shown=shown)
    posts.add(
        connection,
        post_id=post_id,
        author_id=author["id"],
        text=text,
        written=written,
        at_ms=at_ms,
        entities=describe(connection, text, links=[*links, *extra]),
        body_start=len(prefix),
        body_end=body_end,
        conversation_id=_conversation(parent, replaced),
        in_reply_to_id=draft.in_reply_to_id,
        in_reply_to_user_id=parent["author_id"] if parent else None,
        quoted_id=draft.quoted_id,
        media_ids=draft.media_ids,
        reply_settings=draft.reply_settings,
        app_id=app["id"] if app else None,
        visible_at_ms=visible_at_ms,
    )
    if replaced is not None:
        edits.record(connection, post_id=post_id, replaced_id=replaced["id"])
    return text


def measure(connection: sqlite3.Connection, draft: Draft, *, parent: sqlite3.Row | None, author: sqlite3.Row) -> int:
    """How long a post will count: without the @names that it carries by itself, links as X's."""
    _, body = _split(connection, draft, parent=parent, author=author)
    return weight.weigh(body) + (weight.LINK if draft.deep_link else 0)


def limit(author: sqlite3.Row) -> int:
    """How long somebody's posts may be."""
    return weight.LIMIT if author["verified_type"] == "none" else 25_000


def may_edit(connection: sqlite3.Connection, row: sqlite3.Row, *, person_id: int, now_ms: int) -> bool:
    """Whether somebody may still change a post: their newest version, no answer to others, in time, not too often."""
    first, *later = edits.versions(connection, row["id"])
    original = posts.raw(connection, first)
    return (
        original is not None
        and row["author_id"] == person_id
        and row["deleted_at_ms"] is None
        and row["in_reply_to_user_id"] in (None, person_id)
        and row["id"] == (later or [first])[-1]
        and len(later) < edits.MOST
        and now_ms < original["created_at_ms"] + edits.WINDOW_MS
    )


def describe(connection: sqlite3.Connection, text: str, *, links: Sequence[entities.Link]) -> dict[str, Any]:
    """The entities of a finished text, with the ids of those mentioned who exist."""
    known = people.by_usernames(connection, entities.mentioned(text))
    return entities.describe(text, links=links, people=known)


def record(
    connection: sqlite3.Connection,
    text: str,
    *,
    post_id: int,
    author_id: int,
    at_ms: int,
    in_reply_to_id: int | None = None,
    conversation_id: int | None = None,
    in_reply_to_user_id: int | None = None,
) -> None:
    """Write a post as it was once said, past all rules (replays of recorded conversations).

    The parent need not exist yet; ``conversation_id`` and ``in_reply_to_user_id`` are taken from it where it
    does and where they are not given. Leading @names of a reply count as implicit when they name the parent's
    author or people in the parent (all of them, while the parent is unknown).
    """
    parent = posts.raw(connection, in_reply_to_id) if in_reply_to_id else None
    written = text
    text, links = entities.shorten(text, seed=post_id)
    body_start = 0
    if in_reply_to_id is not None:
        body_start = _recorded_body_start(connection, text, parent=parent, author_id=author_id)
    posts.add(
        connection,
        post_id=post_id,
        author_id=author_id,
        text=text,
        written=written,
        at_ms=at_ms,
        entities=describe(connection, text, links=links),
        body_start=body_start,
        conversation_id=conversation_id or (parent["conversation_id"] if parent else in_reply_to_id),
        in_reply_to_id=in_reply_to_id,
        in_reply_to_user_id=in_reply_to_user_id or (parent["author_id"] if parent else None),
    )


def _recorded_body_start(
    connection: sqlite3.Connection, text: str, *, parent: sqlite3.Row | None, author_id: int
) -> int:
    carried = None
    if parent is not None:
        carried = {username.lower() for _, username in _carried(connection, parent, author_id)}
    return _after_names(text, carried)


def _after_names(text: str, names: set[str] | None) -> int:
    """Where the text starts behind the leading @names that are in ``names`` (None: behind all of them)."""
    at = 0
    for name, end in entities.leading(text):
        if names is not None and name not in names:
            break
        at = end
    return at + len(text[at:]) - len(text[at:].lstrip()) if at else 0


def _as_edit(
    connection: sqlite3.Connection, draft: Draft, *, author_id: int, at_ms: int
) -> tuple[Draft, sqlite3.Row | None]:
    """What an edit wants to post, and the version it replaces: only the words change, all else stays."""
    if draft.replaces_id is None:
        return draft, None
    row = posts.raw(connection, draft.replaces_id)
    if row is None or not may_edit(connection, row, person_id=author_id, now_ms=at_ms):
        raise errors.forbidden(errors.NOT_EDITABLE)
    kept = replace(
        draft,
        in_reply_to_id=row["in_reply_to_id"],
        quoted_id=row["quoted_id"],
        media_ids=tuple(json.loads(row["media_ids"])),
        reply_settings=row["reply_settings"],
    )
    return kept, row


def _conversation(parent: sqlite3.Row | None, replaced: sqlite3.Row | None) -> int | None:
    row = parent if replaced is None else replaced
    return None if row is None else int(row["conversation_id"])


def _parent(connection: sqlite3.Connection, draft: Draft, view: View, *, self_serve: bool) -> sqlite3.Row | None:
    if draft.in_reply_to_id is None:
        return None
    parent = posts.get(connection, draft.in_reply_to_id, view)
    me = view.viewer_id or 0
    if parent is None or people.blocks(connection, source_id=parent["author_id"], target_id=me):
        raise errors.forbidden(errors.NO_PARENT)
    if self_serve and not summon.may_answer(connection, parent, account_id=me):
        raise errors.forbidden(errors.NOT_SUMMONED)
    return parent


def _quoted(connection: sqlite3.Connection, draft: Draft, view: View, *, self_serve: bool) -> sqlite3.Row | None:
    if draft.quoted_id is None:
        return None
    quoted = posts.get(connection, draft.quoted_id, view)
    if self_serve:
        raise errors.forbidden(errors.NO_QUOTE)
    if quoted is None:
        raise errors.invalid(
            "The quoted post does not exist or is not visible to you.", quote_tweet_id=str(draft.quoted_id)
        )
    return quoted


def _check_media(connection: sqlite3.Connection, draft: Draft, *, author_id: int, at_ms: int) -> list[sqlite3.Row]:
    rows = []
    for media_id in draft.media_ids:
        row = media.get(connection, media_id)
        usable = media.usable_by(connection, media_id, author_id, now_ms=at_ms)
        if row is None or not usable or row["category"].startswith("dm_"):
            raise errors.bad_request("Your media IDs are invalid.")
        rows.append(row)
    if len(rows) > 4 or (len(rows) > 1 and any(media.kind_of(row["category"]) != "photo" for row in rows)):
        raise errors.bad_request("Your media IDs are invalid.")
    return rows


def _carried(connection: sqlite3.Connection, parent: sqlite3.Row, author_id: int) -> list[tuple[int, str]]:
    """(id, username) of those whom a reply to ``parent`` addresses by itself: its author, then those named."""
    named = sorted(posts.named(connection, parent["id"]))
    ids = dict.fromkeys([parent["author_id"], *named])
    rows = (people.get(connection, person_id) for person_id in ids if person_id != author_id)
    return [(row["id"], row["username"]) for row in rows if row]


def _split(
    connection: sqlite3.Connection, draft: Draft, *, parent: sqlite3.Row | None, author: sqlite3.Row
) -> tuple[str, str]:
    """The @names that the reply carries, and the text without those that its writer also typed in front."""
    body = unicodedata.normalize("NFC", draft.text).strip()
    if parent is None:
        return "", body
    carried = _carried(connection, parent, author["id"])
    names = {username.lower() for _, username in carried}
    body = body[_after_names(body, names) :]
    kept = [username for person_id, username in carried if person_id not in draft.exclude_reply_user_ids]
    return "".join(f"@{username} " for username in kept), body


def _check_length(draft: Draft, body: str, *, limit: int) -> None:
    if not body and not draft.media_ids and not draft.deep_link:
        raise errors.invalid("Either text or media is required.", text="")
    length = weight.weigh(body) + (weight.LINK if draft.deep_link else 0)
    if length > limit:
        raise errors.forbidden(errors.TOO_LONG)


def _with_deep_link(text: str, draft: Draft) -> str:
    return _append(text, draft.deep_link) if draft.deep_link else text


def _append(text: str, link: str) -> str:
    return f"{text.rstrip()} {link}".lstrip()


def _hang_on(
    connection: sqlite3.Connection,
    text: str,
    *,
    author: sqlite3.Row,
    post_id: int,
    quoted: sqlite3.Row | None,
    shown: Sequence[sqlite3.Row],
) -> tuple[str, list[entities.Link]]:
    """The text with X's own links behind it: the quoted post's, then one for all media."""
    targets: list[tuple[str, str, str | None]] = []
    if quoted is not None:
        by = people.get(connection, quoted["author_id"])
        page = f"https://x.com/{by['username'] if by else 'i'}/status/{quoted['id']}"
        targets.append((page, entities.display(page), None))
    moves = any(media.kind_of(row["category"]) == "video" for row in shown)
    page = f"https://x.com/{author['username']}/status/{post_id}/{'video' if moves else 'photo'}/1"
    seed = entities.short_url(f"{post_id}/media")
    targets += [(page, f"pic.x.com/{seed[-10:]}", row["media_key"]) for row in shown]
    links: list[entities.Link] = []
    for expanded, display, media_key in targets:
        url = seed if media_key else entities.short_url(f"{post_id}/quote")
        if not (media_key and links and links[-1].media_key):
            text = _append(text, url)
        links.append(entities.Link(len(text) - len(url), len(text), url, expanded, display, media_key))
    return text, links
