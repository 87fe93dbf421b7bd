"""Playing recorded care conversations into a running sandbox: real input for a desk, at any speed.

It reads the layout of "Customer Support on Twitter" (one row a post, replies by the id of their parent, HTML
escapes, customers' handles replaced by numbers). Ids are minted in the order of ``created_at`` and a map tells
which became which. Links to parents are kept, also to parents that the recording lacks: X, too, shows replies
to posts that are gone.
"""

from __future__ import annotations

import csv
import html
import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

_BATCH = 500
_COLUMNS = {"tweet_id", "author_id", "created_at", "text", "in_response_to_tweet_id"}
_HANDLE = re.compile(r"@(\d+)\b")
# A bare carriage return inside a text is no end of line; csv would take it for one, so it is set aside.
_BARE_CR, _ASIDE = re.compile(r"\r(?!\n)"), "\x00"


class Unreadable(Exception):
    """The file is not a recording, in a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recorded post. ``number`` and ``parent`` are the file's own ids; ``author`` a username."""

    number: str
    author: str
    at_ms: int
    text: str
    parent: str | None


@dataclass(slots=True)
class Outcome:
    """What was played: the file's ids and the minted ones, and whom X would tell of what.

    ``told`` maps a username to event types to the file's ids; ``untold`` are the ids of posts of which X would
    tell no named account, that is, no brand.
    """

    ids: dict[str, str] = field(default_factory=dict)
    people: int = 0
    gone_parents: int = 0
    told: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """The numbers alone, brands with the most events first."""
        by_brand = {name: {kind: len(ids) for kind, ids in kinds.items()} for name, kinds in self.told.items()}
        busiest = sorted(by_brand.items(), key=lambda item: (-sum(item[1].values()), item[0]))
        return {
            "posted": len(self.ids),
            "people": self.people,
            "replies_to_posts_not_in_the_file": self.gone_parents,
            "told_to_no_brand": len(self.untold),
            "told": dict(busiest),
        }


def read(path: Path, *, limit: int | None = None) -> list[Row]:
    """The recording's rows in the file's order. Raises Unreadable, OSError."""
    with path.open(encoding="utf-8", newline="") as file:
        content = file.read()
    lines = csv.DictReader(io.StringIO(_BARE_CR.sub(_ASIDE, content), newline=""))
    if missing := _COLUMNS - set(lines.fieldnames or ()):
        raise Unreadable(f"{path} has no column {', '.join(sorted(missing))}")
    found = [line for _, line in zip(range(limit or 10**9), lines, strict=False)]
    authors = {line["author_id"] for line in found}
    try:
        return [_row(line, authors) for line in found]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"{path} holds a row that is no post: {error}") from error


def in_order(rows: Sequence[Row]) -> list[Row]:
    """The rows by time; of the same second, parents before their children."""
    by_number = {row.number: row for row in rows}
    depths: dict[str, int] = {}
    for row in rows:
        _depth(row, by_number, depths)
    return sorted(rows, key=lambda row: (row.at_ms, depths[row.number]))


def play(
    rows: Sequence[Row],
    *,
    url: str,
    speed: float | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Play the rows into the sandbox at ``url``; ``speed`` times as fast as they were said (None: at once).

    Raises httpx.HTTPError if the sandbox is away or refuses.
    """
    ordered = in_order(rows)
    outcome = Outcome()
    with httpx.Client(base_url=f"{url}/_sandbox", timeout=60, trust_env=False) as client:
        outcome.ids, gone = _mint(client, ordered)
        outcome.gone_parents = sum(row.parent in gone for row in ordered)
        authors = sorted({row.author for row in ordered})
        outcome.people = len(authors)
        for part in _parts(authors, 1000):
            _send(client, "replay", {"people": part})
        roots = _roots(ordered, outcome.ids, gone)
        for batch in _due(ordered, speed=speed, wait=wait):
            posts = [_post(row, outcome.ids, gone, roots) for row in batch]
            answer = _send(client, "replay", {"posts": posts})
            _count(outcome, batch, answer["told"])
    return outcome


def _row(line: dict[str, str], authors: set[str]) -> Row:
    when = datetime.strptime(line["created_at"], "%a %b %d %H:%M:%S %z %Y")
    parent = line["in_response_to_tweet_id"]

    def named(found: re.Match[str]) -> str:
        return f"@user{found[1]}" if found[1] in authors else found[0]

    return Row(
        number=line["tweet_id"],
        author=f"user{line['author_id']}" if line["author_id"].isdecimal() else line["author_id"],
        at_ms=int(when.timestamp() * 1000),
        text=_HANDLE.sub(named, html.unescape(line["text"].replace(_ASIDE, "\r"))),
        parent=str(int(float(parent))) if parent else None,
    )


def _depth(row: Row, by_number: dict[str, Row], depths: dict[str, int]) -> None:
    """Note how many ancestors the row, and each of them, has in the file; a circle counts as no end."""
    chain: list[Row] = []
    at: Row | None = row
    while at is not None and at.number not in depths and at not in chain:
        chain.append(at)
        at = by_number.get(at.parent or "")
    depth = depths.get(at.number, -1) if at else -1
    for step in reversed(chain):
        depth += 1
        depths[step.number] = depth


def _mint(client: httpx.Client, ordered: Sequence[Row]) -> tuple[dict[str, str], dict[str, str]]:
    """Ids for all posts, and for the parents that are not in the file (a second before their first child)."""
    here = {row.number for row in ordered}
    gone: dict[str, int] = {}
    for row in ordered:
        if row.parent and row.parent not in here:
            gone.setdefault(row.parent, row.at_ms - 1000)
    moments = sorted([*gone.items(), *((row.number, row.at_ms) for row in ordered)], key=lambda entry: entry[1])
    ids: dict[str, str] = {}
    for part in _parts(moments, 10_000):
        answer = _send(client, "replay/ids", {"at_ms": [at_ms for _, at_ms in part]})
        ids.update(zip((number for number, _ in part), answer["ids"], strict=True))
    return {row.number: ids[row.number] for row in ordered}, {number: ids[number] for number in gone}


def _roots(ordered: Sequence[Row], ids: dict[str, str], gone: dict[str, str]) -> dict[str, str]:
    """The id of the post with which each post's thread began."""
    by_number = {row.number: row for row in ordered}
    roots: dict[str, str] = {}
    for row in ordered:
        chain, at = [row], row
        while (parent := by_number.get(at.parent or "")) and parent.number not in roots and parent not in chain:
            chain.append(at := parent)
        known = roots.get(at.parent or "") or gone.get(at.parent or "") or ids[at.number]
        roots.update(dict.fromkeys((step.number for step in chain), known))
    return roots


def _post(row: Row, ids: dict[str, str], gone: dict[str, str], roots: dict[str, str]) -> dict[str, Any]:
    post: dict[str, Any] = {"id": ids[row.number], "author": row.author, "text": row.text, "at_ms": row.at_ms}
    if row.parent:
        post["in_reply_to_id"] = ids.get(row.parent) or gone[row.parent]
        post["conversation_id"] = roots[row.number]
    if row.parent in gone and (first := re.match(r"@(\w+)", row.text)):
        post["in_reply_to"] = first[1]
    return post


def _due(
    ordered: Sequence[Row],
    *,
    speed: float | None,
    wait: Callable[[float], None],
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Sequence[Row]]:
    """Batches of posts, each when it is time for it."""
    if speed is None:
        yield from _parts(ordered, _BATCH)
        return
    begun, first, at = now(), ordered[0].at_ms if ordered else 0, 0
    while at < len(ordered):
        played_ms = first + (now() - begun) * 1000 * speed
        end = at
        while end < len(ordered) and end - at < _BATCH and ordered[end].at_ms <= played_ms:
            end += 1
        if end > at:
            yield ordered[at:end]
        else:
            wait((ordered[at].at_ms - played_ms) / 1000 / speed)
        at = end


def _count(outcome: Outcome, batch: Sequence[Row], told: list[list[list[str]]]) -> None:
    for row, topics in zip(batch, told, strict=True):
        brands = [(kind, name) for kind, name in topics if not re.fullmatch(r"user\d+", name)]
        for kind, name in brands:
            outcome.told.setdefault(name, {}).setdefault(kind, []).append(row.number)
        if not brands:
            outcome.untold.append(row.number)


def _send(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post(path, json=body)
    if response.is_error and response.content:
        message = f"{response.status_code} {response.json().get('error')}"
        raise httpx.HTTPStatusError(message, request=response.request, response=response)
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer


def _parts(items: Sequence[Any], size: int) -> Iterator[Any]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
