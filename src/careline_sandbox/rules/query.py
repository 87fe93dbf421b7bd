"""X's search language, as far as a care desk needs it, turned into a condition over posts (x-platform 4.5).

Words and "quoted words", ``from: to: conversation_id: in_reply_to_tweet_id: is: has: url:``, @name, #tag,
``OR``, parentheses, and ``-`` in front of any of them; neighbours are joined by AND. What X's language has
beyond that is refused by name instead of being ignored.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from careline_sandbox.wire import errors
from careline_sandbox.world import people

_TOKEN = re.compile(r'\s*(?:(?P<mark>[()])|(?P<not>-(?=[^\s]))|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+(?:"[^"]*")?))')


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition over ``posts p`` and the values it binds."""

    sql: str
    values: tuple[str | int, ...] = ()


def compile_query(connection: sqlite3.Connection, text: str) -> Condition:
    """The condition that a query stands for. Raises errors.Problem (400) for one that X could not read either."""
    tokens = _tokens(text)
    condition = _alternatives(connection, tokens)
    if tokens:
        raise _bad(text)
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    stripped = text.strip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        if found is None or found.lastgroup is None:
            raise _bad(text)
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    if not tokens:
        raise _bad(text)
    return tokens


def _alternatives(connection: sqlite3.Connection, tokens: list[tuple[str, str]]) -> Condition:
    parts = [_conjunction(connection, tokens)]
    while tokens and tokens[0] == ("word", "OR"):
        tokens.pop(0)
        parts.append(_conjunction(connection, tokens))
    return _joined(parts, " OR ")


def _conjunction(connection: sqlite3.Connection, tokens: list[tuple[str, str]]) -> Condition:
    parts = []
    while tokens and tokens[0] not in (("word", "OR"), ("mark", ")")):
        parts.append(_term(connection, tokens))
    if not parts:
        raise _bad("OR")
    return _joined(parts, " AND ")


def _term(connection: sqlite3.Connection, tokens: list[tuple[str, str]]) -> Condition:
    kind, text = tokens.pop(0)
    if kind == "not":
        if not tokens:
            raise _bad("-")
        inner = _term(connection, tokens)
        return Condition(f"NOT coalesce({inner.sql}, 0)", inner.values)
    if kind == "mark":
        if text == ")":
            raise _bad(text)
        group = _alternatives(connection, tokens)
        if not tokens or tokens.pop(0) != ("mark", ")"):
            raise _bad(text)
        return group
    if kind == "phrase":
        return _contains(text)
    name, colon, value = text.partition(":")
    if colon and name.isidentifier() and value and not value.startswith("//"):
        return _operator(connection, name, value.strip('"'))
    if re.fullmatch(r"@[A-Za-z0-9_]{1,15}", text):
        return _mentions(connection, text[1:])
    return _contains(text)


def _operator(connection: sqlite3.Connection, name: str, value: str) -> Condition:
    column = {"conversation_id": "p.conversation_id", "in_reply_to_tweet_id": "p.in_reply_to_id"}.get(name)
    if column and value.isdecimal() and len(value) <= 19:
        return Condition(f"{column} = ?", (int(value),))
    column = {"from": "p.author_id", "to": "p.in_reply_to_user_id"}.get(name)
    if column:
        return Condition(f"{column} = ?", (_person(connection, value),))
    if name == "url":
        return Condition("instr(lower(p.entities), lower(?)) > 0", (value,))
    flags = {
        "is:reply": "p.in_reply_to_id IS NOT NULL",
        "is:quote": "p.quoted_id IS NOT NULL",
        "is:retweet": "0",
        "has:links": "json_array_length(p.entities, '$.urls') > 0",
        "has:media": "json_array_length(p.media_ids) > 0",
        "has:images": "json_array_length(p.media_ids) > 0",
        "has:mentions": "json_array_length(p.entities, '$.mentions') > 0",
        "has:hashtags": "json_array_length(p.entities, '$.hashtags') > 0",
    }
    if sql := flags.get(f"{name}:{value}"):
        return Condition(sql)
    raise _bad(f"{name}:{value}")


def _person(connection: sqlite3.Connection, value: str) -> int:
    """The id behind a username or an id; -1, which nobody has, for a stranger."""
    if value.isdecimal():
        return int(value) if len(value) <= 18 else -1
    row = people.by_username(connection, value.removeprefix("@"))
    return int(row["id"]) if row else -1


def _mentions(connection: sqlite3.Connection, username: str) -> Condition:
    sql = "p.id IN (SELECT post_id FROM mentions WHERE person_id = ?)"
    return Condition(sql, (_person(connection, username),))


def _contains(text: str) -> Condition:
    if text.isascii() and not re.search(r"\w", text):
        raise _bad(text)
    return Condition("has_words(p.text, ?)", (text,))


def _joined(parts: Sequence[Condition], by: str) -> Condition:
    values = tuple(value for part in parts for value in part.values)
    return Condition("(" + by.join(part.sql for part in parts) + ")", values)


def _bad(text: str) -> errors.Problem:
    return errors.invalid(f"There were errors processing your request: Invalid query near [{text}]", query=text)
