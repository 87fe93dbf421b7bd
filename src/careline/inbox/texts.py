"""What people wrote, made readable and harmless: escaped, addresses as short links, names and tags set apart quietly.

Each name, tag and link is an island of its own direction (<bdi>), so that a text in another script, or one that plays
with direction, cannot move what stands beside it; the style sheet keeps the rest of it inside its card.
"""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: Longer than this many characters or lines is folded; X's longest post has 25,000 characters.
LONG, LINES = 1400, 18
#: The longest label of a link; the whole address is its title and what a copy of it gives.
_LABEL = 56
_PART = re.compile(
    r"(?P<link>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])"
    r"|(?<![\w@/])(?P<name>@[A-Za-z0-9_]{1,20})(?![\w@])"
    r"|(?<![\w#&/])(?P<tag>#(?=\w*[^\W\d])\w{1,100})"
)


def lines(text: str) -> SafeString:
    """A text as HTML; line breaks are the style sheet's.

    A link opens apart from the desk and is not told where it was clicked: strangers choose where it leads.
    """
    parts: list[tuple[str, ...]] = []
    end = 0
    for match in _PART.finditer(text):
        parts += [(text[end : match.start()],), (_shown(match),)]
        end = match.end()
    return format_html_join("", "{}", [*parts, (text[end:],)])


def _shown(match: re.Match[str]) -> SafeString:
    if match["link"]:
        link = '<a href="{0}" target="_blank" rel="nofollow noopener noreferrer"><bdi dir="ltr">{1}</bdi></a>'
        return format_html(link, match[0], label(match[0]))
    return format_html('<bdi class="text-{}">{}</bdi>', "name" if match["name"] else "tag", match[0])


def label(address: str) -> str:
    """An address for the eye: where it leads is never cut off, what follows may be."""
    shown = re.sub(r"^https?://(?:www\.)?", "", address).rstrip("/")
    host, slash, rest = shown.partition("/")
    room = max(_LABEL - len(host), 12)
    return f"{host}{slash}{rest}" if len(rest) <= room else f"{host}/{rest[: room - 1]}…"


def is_long(text: str) -> bool:
    """Whether a page shows its beginning first."""
    return len(text) > LONG or text.count("\n") >= LINES
