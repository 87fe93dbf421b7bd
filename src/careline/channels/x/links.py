"""Links: the invitation to write privately, and X's shortened links shown as what they stand for.

A post with the invitation's link lets a reader's app open the private compose window (x-platform: 3.1). Every link
that a person writes comes back as https://t.co/..., which nobody can check with the eye; agents see the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

from careline.channels.x.reading import Json, network_id, objects, text

_STATUS = re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/web|i|\w{1,20})/status(?:es)?/([0-9]{1,20})")
_OWN_MEDIA = re.compile(r"/status/[0-9]+/(?:photo|video)/[0-9]+$|/messages/media/[0-9]+$")
_CARRIED = re.compile(r"@(\w{1,20})(?=\s|$)\s*")


def dm_link(recipient_id: str, first_line: str = "") -> str:
    """The address that opens a private message to `recipient_id`, with `first_line` already written."""
    address = f"https://x.com/messages/compose?recipient_id={recipient_id}"
    return f"{address}&text={quote(first_line, safe='')}" if first_line else address


def linked_post(address: str) -> str | None:
    """The id of the post that an address leads to, or None."""
    found = _STATUS.match(address)
    return found.group(1) if found else None


def linked_posts(entities: Json) -> Iterator[str]:
    """Ids of the posts that the links of a message lead to."""
    for link in objects(entities.get("urls")):
        address = text(link.get("expanded_url"))
        post = linked_post(address)
        if post and not _OWN_MEDIA.search(address):
            yield post


def shown(raw: str, entities: Json, *, carried_until: int | None = 0, quoted_id: str | None = None) -> str:
    """The text as its reader sees it.

    `carried_until`: up to which character the names at the beginning are only carried by a reply (X's
    display_text_range); None where X did not say and every leading name counts as carried, 0 for no reply.
    Links to the message's own pictures, and at the end to the quoted post, are left out: X shows those as such.
    """
    own = raw[_carried_length(raw, carried_until) :]
    return _expanded(unescape_once(own), entities, quoted_id).strip()


def unescape_once(raw: str) -> str:
    """X escapes only &, < and > in texts; other entities are what the person typed."""
    return re.sub(r"&(?:amp|lt|gt);", lambda found: unescape(found.group()), raw)


def _carried_length(raw: str, until: int | None) -> int:
    at = 0
    while (name := _CARRIED.match(raw, at)) and (until is None or name.end(1) <= until):
        at = name.end()
    return at if raw[at:].strip() else 0


def _expanded(raw: str, entities: Json, quoted_id: str | None) -> str:
    targets = {text(link.get("url")): link for link in objects(entities.get("urls"))}
    targets.pop("", None)
    if not targets:
        return raw
    short = "|".join(re.escape(address) for address in sorted(targets, key=len, reverse=True))
    pattern = re.compile(rf"(?:{short})(?![A-Za-z0-9])")
    return pattern.sub(lambda found: _target(found, targets[found.group()], quoted_id), raw)


def _target(found: re.Match[str], link: Json, quoted_id: str | None) -> str:
    address = text(link.get("expanded_url"))
    if link.get("media_key") or network_id(link.get("media_id")) or _OWN_MEDIA.search(address):
        return ""
    at_the_end = not found.string[found.end() :].strip()
    if quoted_id and at_the_end and linked_post(address) == quoted_id:
        return ""
    return address or found.group()
