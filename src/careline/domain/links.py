"""Where a text has links, as X finds them: each of them weighs the same, whatever its length.

The rules are those of X's published twitter-text, as its conformance cases and an independent port show them, told
here as one pass over the text: hostile texts (dots, brackets, schemes by the thousand) take time in step with their
length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from careline.domain.text_data import ENDINGS

_LONGEST_URL, _LONGEST_LABEL, _LONGEST_SLUG = 4096, 63, 40

_SPACE = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_BROKEN = "\ufffe\ufeff\uffff"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    "\u0300-\u036f\u1e00-\u1eff"
)
_WORD = f"a-z0-9{_LATIN}\u0400-\u04ff"

_SCHEME = re.compile("https?://", re.IGNORECASE)
#: A stretch of which host names are made: letters of any script, hyphens, underscores, dots.
_HOSTS = re.compile(rf"[^!'#%&()*+,\\/:;<=>?@\[\]^{{|}}~${_SPACE}{_DIRECTION}{_BROKEN}]+")
#: What may not stand before a link: a letter, a sign that makes a name of it, something broken.
_JOINS = re.compile(f"[A-Za-z0-9@\uff20$#\uff03{_BROKEN}]")
_ENDS_BARE = re.compile("[-_./]")
_BEHIND_ENDING = re.compile("[0-9A-Za-z@+-]")
_PORT = re.compile(":[0-9]+")
_PATH = re.compile(rf"[{_WORD}!*';:=+,.$/%#\[\]\-\u2013_~@|&]+", re.IGNORECASE)
_BRACKETS = re.compile(
    rf"\((?:{_PATH.pattern}|(?:{_PATH.pattern})?\({_PATH.pattern}\)(?:{_PATH.pattern})?)\)", re.IGNORECASE
)
_PATH_TAIL = "!*';:,.$%[]\u2013~@|&"
_QUERY = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]+", re.IGNORECASE)
_QUERY_TAIL = "!?*'@();:+$%[].,~|"
_SHORT = re.compile(r"https?://t\.co/([a-z0-9]+)", re.IGNORECASE)
_PLAIN_HOST = re.compile(rf"(?:[a-z0-9{_LATIN}-]+\.)+", re.IGNORECASE)

_PUNYCODE = re.compile("xn--[-0-9a-z]+", re.IGNORECASE)
_ASCII_LABEL = re.compile("[0-9a-z]+", re.IGNORECASE)
_KNOWN = frozenset(ENDINGS.split())
_FOREIGN = re.compile("|".join(sorted((one for one in _KNOWN if not one.isascii()), key=len, reverse=True)))


@dataclass(slots=True)
class _Hosts:
    """One stretch, cut at its dots. `ends[t]`: where the ending that label t begins with ends, or 0.

    `reach[j]`: the last label that a host whose first label is j may have as its ending, or 0.
    """

    labels: list[tuple[int, int]]
    ends: list[int]
    reach: list[int]


def links(text: str) -> list[tuple[int, int]]:
    """Start and end of every link in `text`, in order. The text has to be in normal form C."""
    if "." not in text:
        return []
    return list(_links(text, {found.end(): found.start() for found in _SCHEME.finditer(text)}))


def _links(text: str, schemes: dict[int, int]) -> Iterator[tuple[int, int]]:
    floor = 0
    for stretch in _HOSTS.finditer(text):
        if "." not in stretch[0] or stretch.end() <= floor:
            continue
        hosts = _cut(text, *stretch.span())
        for j in range(len(hosts.labels)):
            at = _start(text, hosts, j, floor, schemes)
            if at is None:
                continue
            host_end = hosts.ends[hosts.reach[j]]
            path_at = _after_port(text, host_end)
            end = _tail(text, path_at)
            scheme_at = schemes.get(at)
            has_scheme = scheme_at is not None and scheme_at >= floor and _is_free(text, scheme_at, floor)
            start = scheme_at if has_scheme and scheme_at is not None else at
            if _is_sound(text[at:host_end], end - start):
                if has_scheme:
                    yield from _with_scheme(text, start, end)
                elif not (at and _ENDS_BARE.match(text[at - 1])):
                    yield from _bare(text, at, host_end, end if text[path_at : path_at + 1] == "/" else 0)
            floor = end
            if floor >= stretch.end():
                break


def _cut(text: str, start: int, end: int) -> _Hosts:
    labels, at = [], start
    for label in text[start:end].split("."):
        labels.append((at, at + len(label)))
        at += len(label) + 1
    ends = [0, *(_ending(text, a) for a, _ in labels[1:])]
    return _Hosts(labels, ends, _reach(text, labels, ends))


def _reach(text: str, labels: list[tuple[int, int]], ends: list[int]) -> list[int]:
    """From the back: how far a chain of sound labels goes, and the last ending that it can reach."""
    count = len(labels)
    reach = [0] * count
    best = 0  # the furthest ending behind a chain that goes through label j + 1
    for j in range(count - 2, -1, -1):
        after = text[slice(*labels[j + 1])]
        if not _is_label(after):
            best = 0
        elif best == 0 and j + 2 < count and ends[j + 2] and "_" not in after:
            best = j + 2
        reach[j] = best or (j + 1 if ends[j + 1] else 0)
    return reach


def _is_label(label: str) -> bool:
    return bool(label) and label[0] not in "-_" and label[-1] not in "-_"


def _ending(text: str, at: int) -> int:
    """Where the top-level domain that begins here ends, or 0 if none does."""
    plain = _ASCII_LABEL.match(text, at)
    found = plain if plain and plain[0].lower() in _KNOWN else _FOREIGN.match(text, at)
    if found and not _BEHIND_ENDING.match(text, found.end()):
        return found.end()
    punycode = _PUNYCODE.match(text, at)
    return punycode.end() if punycode else 0


def _start(text: str, hosts: _Hosts, j: int, floor: int, schemes: dict[int, int]) -> int | None:
    """The first place in label j where a host may begin, or None."""
    first, end = hosts.labels[j]
    if not hosts.reach[j] or end <= first or text[end - 1] in "-_":
        return None
    if hosts.reach[j] == j + 1:
        first = max(first, text.rfind("_", first, end) + 1)
    places = list(range(max(first, floor), end))
    if first == floor == 0:
        # At the very beginning X's own rule looks for a link behind the first letter before it looks for one at it.
        places = [1, *places]

    def may_begin(at: int) -> bool:
        begins = _is_free(text, at, floor) or schemes.get(at, -1) >= floor
        return at < end and text[at] not in "-_" and begins

    return next(filter(may_begin, places), None)


def _is_free(text: str, at: int, floor: int) -> bool:
    """Whether a link may begin here, given what stands before it; what belongs to the link before does not count."""
    return at == 0 or ((at > floor or floor == 0) and not _JOINS.match(text[at - 1]))


def _after_port(text: str, at: int) -> int:
    port = _PORT.match(text, at)
    return port.end() if port else at


def _tail(text: str, at: int) -> int:
    """Where path and query end. A path ends at a letter, a slash or the like, or at a closed bracket."""
    if text[at : at + 1] == "/":
        at = _path_end(text, at)
    query = _QUERY.match(text, at)
    kept = query[0].rstrip(_QUERY_TAIL) if query else ""
    return at + len(kept)


def _path_end(text: str, at: int) -> int:
    here = end = at
    while True:
        if run := _PATH.match(text, here):
            here = run.end()
            if kept := run[0].rstrip(_PATH_TAIL):
                end = run.start() + len(kept)
        brackets = _BRACKETS.match(text, here)
        if not brackets:
            return end
        # A bracket that closes makes an end only where one could have been before it: X takes "a(b)" but not "~(b)".
        here, end = brackets.end(), brackets.end() if end == here else end


def _is_sound(host: str, length: int) -> bool:
    """Whether a name server could be asked for this host, and X would take a link of this length."""
    longest = max(len(label) if label.isascii() else 4 + len(label.encode("punycode")) for label in host.split("."))
    return longest <= _LONGEST_LABEL and length <= _LONGEST_URL


def _with_scheme(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """X's own short links are never longer than their slug."""
    short = _SHORT.match(text, start)
    if short is None:
        yield start, end
    elif len(short[1]) <= _LONGEST_SLUG:
        yield start, _tail(text, short.end()) if text[short.end() : short.end() + 1] == "?" else short.end()


def _bare(text: str, start: int, host_end: int, path_end: int) -> Iterator[tuple[int, int]]:
    """Without https:// only plain names count, each for itself; the last of them takes the path along."""
    found: list[tuple[int, int]] = []
    at = start
    while name := _PLAIN_HOST.search(text, at, host_end):
        at = name.end()
        dots = [place for place in range(name.start(), name.end()) if text[place] == "."]
        end = next((end for dot in reversed(dots) if (end := _ending(text[:host_end], dot + 1))), 0)
        if end:
            found.append((name.start(), end))
            at = max(at, end) if end >= at else end
    if found and path_end:
        found[-1] = (found[-1][0], path_end)
    yield from found
