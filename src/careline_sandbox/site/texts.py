"""Texts as people read them: a post cut into words and links, an X refusal as a sentence, a time in short.

Nothing here makes markup. A text becomes a list of pieces which the templates escape, so what somebody wrote can
never become part of a page.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from careline_sandbox.wire import errors

_COMPOSE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/messages/compose\?")
_OWN_PAGE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/(\w{1,15}/status/[0-9]{1,19})")
_SENTENCES = {
    errors.NO_DM: "You cannot write to this account: it does not take messages from you, or one of you blocked the"
    " other. You can still mention it in a post.",
    errors.DUPLICATE: "You already said exactly this today. Change a word and post again.",
    errors.NO_PARENT: "The post that you answer is gone or not visible to you.",
    errors.NOT_EDITABLE: "This post can no longer be changed: an hour has passed, it was changed five times, or it is"
    " an answer to somebody else. You can still delete it.",
    errors.TOO_LONG: "This is longer than 280 characters. Shorten it and post again.",
    "This operation is not permitted.": "You cannot write to yourself.",
    "The text of your Direct Message is over the max character limit.": "A message has at most 10,000 characters.",
    "Your media IDs are invalid.": "These files do not go together: a post takes up to four photos,"
    " or one GIF or video.",
    "Either text or media is required.": "Write something or add a picture first.",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: plain, or a link to ``href``."""

    text: str
    href: str = ""


def pieces(row: sqlite3.Row, *, start: int = 0, end: int | None = None) -> list[Piece]:
    """What a person sees of a post or message between two places: links spelled out, X's own ones left away."""
    stop = len(row["text"]) if end is None else end
    found, at = [], start
    for entity in sorted(_entities(row), key=lambda one: int(one["start"])):
        if entity["start"] < at or entity["end"] > stop:
            continue
        found += [Piece(row["text"][at : entity["start"]]), _linked(row["text"], entity)]
        at = entity["end"]
    found.append(Piece(row["text"][at:stop]))
    return [piece for piece in found if piece.text]


def private_invitation(row: sqlite3.Row) -> str:
    """The page to write a private message on, if the post carries X's link to one; else empty."""
    for url in json.loads(row["entities"]).get("urls", ()):
        if _COMPOSE.match(url["expanded_url"]):
            asked = parse_qs(urlsplit(url["expanded_url"]).query)
            wanted = {key: asked[key][0] for key in ("recipient_id", "text") if key in asked}
            return f"/messages/compose?{urlencode({**wanted, 'post': row['id']})}"
    return ""


def sentence(problem: errors.Problem) -> str:
    """X's refusal, in words that say what to do."""
    body = problem.body or {}
    said = body["errors"][0].get("message", "") if body.get("errors") else body.get("detail", "")
    return _SENTENCES.get(said, said or "This did not work. Try again.")


def short_time(at_ms: int, now_ms: int) -> str:
    """How long ago, or the day."""
    minutes = max(0, now_ms - at_ms) // 60_000
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 1440 else day(at_ms)


def day(at_ms: int) -> str:
    """The date, as the world's clock (UTC) has it."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def exact(at_ms: int) -> str:
    """The moment for machines."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")


def _entities(row: sqlite3.Row) -> Iterator[dict[str, Any]]:
    for kind in ("mentions", "urls", "hashtags"):
        yield from json.loads(row["entities"]).get(kind, ())


def _linked(text: str, entity: dict[str, Any]) -> Piece:
    if "username" in entity:
        return Piece(f"@{entity['username']}", f"/{entity['username']}")
    if "expanded_url" not in entity:
        return Piece(text[entity["start"] : entity["end"]])
    address = entity["expanded_url"]
    if _COMPOSE.match(address) or "media_key" in entity:
        return Piece("")
    own = _OWN_PAGE.match(address)
    safe = address if address.startswith(("http://", "https://")) else ""
    return Piece(entity["display_url"], f"/{own[1]}" if own else safe)
