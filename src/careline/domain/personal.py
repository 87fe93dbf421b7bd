"""What a customer should not have said where everyone can read it: addresses and numbers that lead to a person.

Found by form and, where a kind of number has check digits, by those; rather too much than too little is found, because
the desk only points at it, and hides it from those who need not know it. Nothing about what a text means is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from stdnum import iban, luhn


class Sort(StrEnum):
    """What was found."""

    EMAIL = "email"
    ACCOUNT = "bank account"
    CARD = "card"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Found:
    """Where in the text: from `start` up to `end`, not included."""

    sort: Sort
    start: int
    end: int


_EMAIL = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?!\w)")
#: Two letters, two check digits, then groups: the form of ISO 13616.
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])")
#: 13 to 19 digits that begin as payment cards do (ISO/IEC 7812), in groups or not.
_CARD = re.compile(r"(?<![0-9+])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])")
#: Fewer digits than any number that can be dialled from elsewhere.
_DIGITS = re.compile(r"(?:[0-9][^0-9\n]{0,3}){7}")
#: Nobody posts more numbers than this; a text made of nothing else must not hold up a page.
_MOST_TRIES = 60
#: Where people who write a language are likely to dial from, for numbers without a country's prefix.
_REGIONS: dict[str, str | None] = {"de": "DE", "it": "IT", "pt": "BR", "sv": "SE", "in": "ID", "en": "GB"}
_HIDDEN = "•••"


def find(text: str, lang: str = "") -> list[Found]:
    """What `text` gives away, in its order, without overlaps. `lang`: the network's code of its language, or ""."""
    return _find(text, [_REGIONS.get(lang)])


def hide(text: str) -> str:
    """`text` with what it gives away hidden, numbers as they are dialled in any of our regions included."""
    parts, at = [], 0
    for one in _find(text, list(_REGIONS.values())):
        parts += [text[at : one.start], _HIDDEN]
        at = one.end
    return "".join([*parts, text[at:]])


def _find(text: str, regions: list[str | None]) -> list[Found]:
    found: list[Found] = []
    for one in (*_emails(text), *_accounts(text), *_cards(text), *_phones(text, regions)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _emails(text: str) -> Iterator[Found]:
    if "@" in text:
        yield from (Found(Sort.EMAIL, *match.span()) for match in _EMAIL.finditer(text))


def _accounts(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        if iban.is_valid(match[0]):
            yield Found(Sort.ACCOUNT, *match.span())


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        if luhn.is_valid(re.sub("[ -]", "", match[0])):
            yield Found(Sort.CARD, *match.span())


def _phones(text: str, regions: list[str | None]) -> Iterator[Found]:
    """With a country's prefix, or as they are dialled where the language is spoken; a bare number is no phone's."""
    if not _DIGITS.search(text):
        return
    for region in regions:
        for match in phonenumbers.PhoneNumberMatcher(text, region, max_tries=_MOST_TRIES):
            if match.raw_string[:1] in "+0(":
                yield Found(Sort.PHONE, match.start, match.end)
