"""From a logged payload to facts: which of X's envelopes is it, and what does it hold?

Webhook bodies, stream lines and our own list items all pass through here. Whatever is understood but makes no message
is `Noticed` by name, so that nothing vanishes silently (law 1); ValueError is for what cannot be understood at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from careline.channels.x.dms import EVENT_TYPES, read_dm_event, read_old_dm, read_receipt
from careline.channels.x.introduce import as_of
from careline.channels.x.people import profile, profiles
from careline.channels.x.posts import read_post
from careline.channels.x.reading import Json, decode, network_id, obj, objects, pick, text, unwrapped
from careline.domain.facts import DmRead, DmSeen, Fact, Gone, Noticed, Parsed, PostSeen, Profile

_POST_EVENTS = frozenset(f"post.{what}create" for what in ("", "mention.", "reply.", "quote.", "repost."))
_DM_EVENTS = frozenset({"dm.received", "dm.sent"})
_READ = "direct_message_mark_read_events"
_NAME_LENGTH = 80


def parse(payload: bytes) -> Parsed:
    """Read one payload. Raises ValueError, with words, when it cannot be understood."""
    document = decode(payload)
    if document.get("careline") == "list":
        return _listed(document)
    if document.get("careline") == "person":
        return Parsed(profiles=tuple(profiles([obj(document.get("data"))], as_of(document))))
    data = document.get("data")
    if isinstance(data, dict) and text(data.get("event_type")) and data["event_type"] not in EVENT_TYPES:
        return _activity(data, obj(pick(data, "includes")) or obj(document.get("includes")))
    if "data" in document or text(document.get("event_type")) in EVENT_TYPES:
        return _answer(document)
    return _older(document)


def _listed(document: Json) -> Parsed:
    """One item of a list that we asked for, as `collect` wraps it."""
    account = network_id(document.get("account"))
    return _items([obj(document.get("data"))], obj(document.get("includes")), account)


def _activity(event: Json, includes: Json) -> Parsed:
    """An X Activity event (docs.x.com, x-api/activity/event-payloads)."""
    kind, payload = str(event["event_type"]), unwrapped(event.get("payload"))
    account = network_id(obj(event.get("filter")).get("user_id")) or network_id(payload.get("user_id"))
    facts = tuple(_quoting(fact, kind, account) for fact in _event_facts(kind, payload, includes))
    as_of = _latest(facts)
    people = [*profiles(includes.get("users"), as_of), *profiles(payload.get("users"), as_of)]
    people += [person for side in ("source", "target") if (person := profile(unwrapped(payload.get(side)), as_of))]
    return Parsed(account, facts, _each_once(people))


def _quoting(fact: Fact, kind: str, account: str | None) -> Fact:
    """X reports quotes to the author of the quoted post, and often leaves that post out of the event."""
    if kind == "post.quote.create" and isinstance(fact, PostSeen) and fact.quoted_id and not fact.quoted_user_id:
        return replace(fact, quoted_user_id=account if account != fact.author_id else None)
    return fact


def _event_facts(kind: str, payload: Json, includes: Json) -> Iterator[Fact]:
    if kind in _POST_EVENTS:
        yield read_post(payload, includes) or Noticed("post.incomplete")
    elif kind == "post.delete":
        yield _gone(payload)
    elif kind in _DM_EVENTS:
        yield from _old_dms(payload, kind)
    elif kind == "dm.read" and isinstance(payload.get(_READ), list):
        yield from map(read_receipt, objects(payload[_READ]))
    else:
        yield Noticed(kind[:_NAME_LENGTH])


def _gone(payload: Json) -> Fact:
    post_id = network_id(payload.get("id"))
    return Gone("post", post_id, network_id(payload.get("author_id"))) if post_id else Noticed("post.delete.incomplete")


def _old_dms(payload: Json, kind: str) -> Iterator[Fact]:
    found = False
    for event in objects(payload.get("direct_message_events")):
        found = True
        yield read_old_dm(event) if text(event.get("type")) in ("message_create", "") else Noticed(f"{kind}.other")
    if not found:
        yield Noticed(f"{kind}.incomplete")


def _answer(document: Json) -> Parsed:
    """Posts or DM events in the v2 answer that carried them; a lone DM event counts as one."""
    data = document.get("data", document)
    items = list(objects(data)) if isinstance(data, list) else [obj(data)]
    if not all(_is_dm(item) or _is_post(item) for item in items):
        msg = "This answer of X holds neither posts nor direct messages."
        raise ValueError(msg)
    return _items(items, obj(document.get("includes")), None)


def _is_dm(item: Json) -> bool:
    return text(item.get("event_type")) in EVENT_TYPES


def _is_post(item: Json) -> bool:
    return bool(network_id(item.get("id"))) and ("text" in item or "author_id" in item)


def _items(items: list[Json], includes: Json, account: str | None) -> Parsed:
    facts = tuple(
        read_dm_event(item, includes, account)
        if "event_type" in item
        else read_post(item, includes) or Noticed("post.incomplete")
        for item in items
    )
    return Parsed(account, facts, _each_once(profiles(includes.get("users"), _latest(facts))))


def _older(document: Json) -> Parsed:
    """Account Activity shapes (retired by X on 2027-01-01) and what else X writes to a webhook or stream."""
    account = network_id(document.get("for_user_id"))
    facts = tuple(_older_facts(document))
    if not facts:
        msg = "This is none of the shapes that X is known to send."
        raise ValueError(msg)
    return Parsed(account, facts, _each_once(profiles(document.get("users"), _latest(facts))))


def _older_facts(document: Json) -> Iterator[Fact]:
    if isinstance(document.get("direct_message_events"), list):
        yield from _old_dms(document, "direct_message_events")
    yield from map(read_receipt, objects(document.get(_READ)))
    for item in objects(document.get("tweet_delete_events")):
        yield _gone(obj(item.get("status")))
    for name in ("replay_job_status", "replay_event", "user_event"):
        if isinstance(document.get(name), dict):
            yield Noticed(name)
    for problem in objects(document.get("errors")):
        yield Noticed(f"stream.{text(problem.get('title')) or 'error'}"[:_NAME_LENGTH])
    known = ("direct_message_events", "tweet_delete_events", _READ)
    for name, value in document.items():
        if name.endswith("_events") and name not in known and isinstance(value, list):
            yield Noticed(name[:_NAME_LENGTH])


def _latest(facts: tuple[Fact, ...]) -> int:
    """People are shown as they were when the newest of these messages was made: no clock, the same at each replay."""
    return max((fact.created_ms for fact in facts if isinstance(fact, PostSeen | DmSeen | DmRead)), default=0)


def _each_once(people: Iterator[Profile] | list[Profile]) -> tuple[Profile, ...]:
    return tuple({person.id: person for person in people}.values())
