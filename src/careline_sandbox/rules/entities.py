"""Finding links, mentions, hashtags and cashtags in a post's text, and shortening its links.

Positions count code points, as X's do. Links become ``https://t.co/`` plus ten characters (23 in all) and keep
what they stood for in ``expanded_url``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from careline_sandbox.rules import links

MENTION = re.compile(r"(?<![A-Za-z0-9_@!#$%&*/])[@＠]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])")
HASHTAG = re.compile(r"(?<![\w&])[#＃](\w*[^\W\d]\w*)")
CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![\w$])")
_LEADING = re.compile(r"\s*[@＠]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])")


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a finished text; one that X itself adds for an image has its ``media_key``."""

    start: int
    end: int
    url: str
    expanded_url: str
    display_url: str
    media_key: str | None = None


def short_url(seed: str) -> str:
    """The t.co link that a seed always gets: 23 characters."""
    digest = hashlib.blake2b(seed.encode(), digest_size=12).hexdigest()
    number, letters = int(digest, 16), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    tail = ""
    for _ in range(10):
        number, digit = divmod(number, 62)
        tail += letters[digit]
    return f"https://t.co/{tail}"


def shorten(text: str, *, seed: int) -> tuple[str, list[Link]]:
    """The text with every link shortened, and the links at their new places.

    A link that is a t.co one already (recorded conversations hold them) stays as it is.
    """
    parts, found, at, length = [], [], 0, 0
    for index, (start, end) in enumerate(links.find(text)):
        written = text[start:end]
        expanded = written if "://" in written else f"http://{written}"
        url = written if written.startswith("https://t.co/") else short_url(f"{seed}/{index}/{written}")
        parts += [text[at:start], url]
        length += start - at
        found.append(Link(length, length + len(url), url, expanded, display(expanded)))
        length += len(url)
        at = end
    return "".join([*parts, text[at:]]), found


def display(expanded: str) -> str:
    """How X shows a link: without scheme and www, cut after 27 characters."""
    shown = re.sub(r"^https?://(www\.)?", "", expanded).rstrip("/")
    return shown if len(shown) <= 28 else f"{shown[:27]}…"


def leading(text: str) -> list[tuple[str, int]]:
    """The @names with which a text begins: (lower-case name, where it ends)."""
    names, at = [], 0
    while found := _LEADING.match(text, at):
        names.append((found[1].lower(), found.end()))
        at = found.end()
    return names


def mentioned(text: str) -> set[str]:
    """All usernames in a text, lower-case."""
    return {found[1].lower() for found in MENTION.finditer(text)}


def cashtags(text: str) -> int:
    """How many cashtags a text holds."""
    return len(CASHTAG.findall(text))


def describe(text: str, *, links: Iterable[Link], people: Mapping[str, int]) -> dict[str, Any]:
    """The ``entities`` object of a text. Only mentions of people who exist count, as on X.

    ``people`` maps lower-case usernames to ids. Kinds without an entry are absent.
    """
    listed = list(links)
    taken = [(link.start, link.end) for link in listed]

    def free(at: int) -> bool:
        return not any(start <= at < end for start, end in taken)

    found: dict[str, Any] = {
        "mentions": [
            {"start": m.start(), "end": m.end(), "username": m[1], "id": str(people[m[1].lower()])}
            for m in MENTION.finditer(text)
            if m[1].lower() in people and free(m.start())
        ],
        "hashtags": [
            {"start": m.start(), "end": m.end(), "tag": m[1]} for m in HASHTAG.finditer(text) if free(m.start())
        ],
        "cashtags": [
            {"start": m.start(), "end": m.end(), "tag": m[1]} for m in CASHTAG.finditer(text) if free(m.start())
        ],
        "urls": [_url(link) for link in listed],
    }
    return {kind: entries for kind, entries in found.items() if entries}


def _url(link: Link) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "start": link.start,
        "end": link.end,
        "url": link.url,
        "expanded_url": link.expanded_url,
        "display_url": link.display_url,
    }
    return {**entry, "media_key": link.media_key} if link.media_key else entry
