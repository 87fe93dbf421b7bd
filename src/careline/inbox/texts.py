"""What people wrote, made readable and harmless: escaped, addresses as short links, names and tags set apart quietly.

Each name, tag and link is an island of its own direction (<bdi>), so that a text in another script, or one that plays
with direction, cannot move what stands beside it; the style sheet keeps the rest of it inside its card. An island
that the text itself begins and never ends would swallow the end of ours (UAX 9, BD9), so every line is levelled first.
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
    r"(?P<link>https?://[^\s<>\"'\u202a-\u202e\u2066-\u2069]+[^\s<>\"'.,;:!?)\]\u202a-\u202e\u2066-\u2069])"
    r"|(?<![\w@/])(?P<name>@[A-Za-z0-9_]{1,20})(?![\w@])"
    r"|(?<![\w#&/])(?P<tag>#(?=\w*[^\W\d])\w{1,100})"
)


_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: What ends what: isolates end with PDI; embeddings and overrides with PDF.
_END = dict.fromkeys("\u2066\u2067\u2068", "\u2069") | dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c")
#: Deeper than this is nobody's writing; a browser stops at 125.
_DEEPEST = 8


def level(text: str) -> str:
    """The text with every change of direction ended where its line ends, and ends without a beginning left out."""
    if not _CONTROL.search(text):
        return text
    return "".join(_levelled(line) for line in text.splitlines(keepends=True))


def _levelled(line: str) -> str:
    ends: list[str] = []

    def keep(match: re.Match[str]) -> str:
        mark = match[0]
        if mark in _END:
            if len(ends) >= _DEEPEST:
                return ""
            ends.append(_END[mark])
            return mark
        return ends.pop() if ends and ends[-1] == mark else ""

    body = line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    kept = _CONTROL.sub(keep, body)
    return kept + "".join(reversed(ends)) + line[len(body) :]


def lines(text: str) -> SafeString:
    """A text as HTML; line breaks are the style sheet's.

    A link opens apart from the desk and is not told where it was clicked: strangers choose where it leads.
    """
    text = level(text)
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
