"""A desk with as many messages as asked for, written past Django: COPY into PostgreSQL, executemany into SQLite.

The shape is a busy support account's: 4.5 messages a conversation, most resolved long ago, a few very long, two
conversations a customer, two thirds public. Loads about 100,000 rows a second.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, Model

from careline.domain.ids import make_id
from careline.store.models import (
    Account,
    Attachment,
    Conversation,
    Customer,
    Decision,
    Delivery,
    Identity,
    Message,
    Sighting,
    Thread,
    User,
    Workspace,
)
from support.clock import MORNING_MS

_HOUR = 3_600_000
_WORDS = [
    *("order", "parcel", "where", "late", "refund", "broken", "help", "please", "since", "days", "nobody", "answers"),
    *("app", "update", "login", "screen", "battery", "train", "delayed", "seat", "flight", "cancelled", "money"),
    *("twice", "charged", "thanks", "still", "waiting", "hello", "number", "team", "again", "really"),
]
_BATCH = 4000
#: Rising, and of two years before the tests' morning: no row that a test makes otherwise has such an id.
_ids = count(make_id(MORNING_MS - 750 * 24 * _HOUR))
_ORDER = (Customer, Identity, Conversation, Thread, Message, Delivery, Sighting, Attachment, Decision)


@dataclass
class Shape:
    """How much of each. `messages`: in this workspace, about."""

    messages: int
    seed: int = 7
    longest: int = 400


@dataclass
class _Writer:
    """Collects rows by table and writes them in batches; columns that are not given get the model's default."""

    rows: dict[type[Model], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, model: type[Model], **values: Any) -> None:
        defaults = _defaults(model)
        self.rows[model].append(tuple(values.get(name, default) for name, default in defaults.items()))

    def flush(self) -> None:
        # Parents first: while a child waits for its parent, SQLite searches all children at each insert of a parent.
        for model in _ORDER:
            _write(model, list(_defaults(model)), self.rows.pop(model, ()))


_known: dict[type[Model], dict[str, Any]] = {}


def _defaults(model: type[Model]) -> dict[str, Any]:
    if model not in _known:
        _known[model] = {column.attname: _default(column) for column in model._meta.concrete_fields}
    return _known[model]


def _default(column: Any) -> Any:
    if column.default is NOT_PROVIDED:
        return None if column.null else ""
    value = column.get_default()
    return {"list": "[]", "dict": "{}"}.get(type(value).__name__, value)


def _write(model: type[Model], columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["?"] * len(columns))
            cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            return
        with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def fill(workspace: Workspace, account: Account, agents: list[User], shape: Shape) -> int:
    """Write the conversations; return how many messages there are. Runs its own transactions."""
    _make_room()
    dice = random.Random(shape.seed)
    writer, written, number = _Writer(), 0, 0
    while written < shape.messages:
        written += _conversation(writer, workspace, account, agents, dice, number, shape, _ids)
        number += 1
        if number % _BATCH == 0:
            _commit(writer)
    _commit(writer)
    if connection.vendor == "postgresql":
        # As autovacuum does by itself. SQLite gathers no statistics unless told to, and an install does not tell it.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return written


def _make_room() -> None:
    """Rows go into a dozen indexes at random places: a cache that holds them makes SQLite ten times as fast."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -1000000")


def _commit(writer: _Writer) -> None:
    from django.db import transaction

    with transaction.atomic():
        writer.flush()


def _conversation(
    writer: _Writer, workspace: Workspace, account: Account, agents: list[User], dice: random.Random, number: int,
    shape: Shape, ids: Iterator[int],
) -> int:  # fmt: skip
    size = shape.longest if number == 1 else min(1 + int(dice.expovariate(1 / 3.6)), 60)
    opened = MORNING_MS - int(dice.random() ** 2 * 700 * 24 * _HOUR)
    identity = _customer(writer, workspace, number, ids, opened)
    live, public = dice.random() < 0.03 or number < 60, dice.random() < 0.66
    waiting = live and dice.random() < 0.6
    spam = not live and dice.random() < 0.03
    conversation_id = next(ids)
    last = opened + size * _HOUR // 4
    text = _text(dice)
    writer.add(
        Conversation,
        id=conversation_id, workspace_id=workspace.id, customer_id=identity - 1,
        state=("open" if waiting else "pending") if live else "resolved",
        ending="" if live else "spam" if spam else "done", resolved_ms=None if live else last,
        base_state="resolved" if not live else None, split=number % 2 == 1,
        assignee_id=dice.choice(agents).id if dice.random() < 0.7 else None,
        opened_ms=opened, waiting_ms=opened if waiting else None, last_ms=last,
        has_public=public, has_private=not public or dice.random() < 0.4,
        preview=text[:160], preview_audience="public" if public else "private", preview_direction="in",
    )  # fmt: skip
    thread_id = _thread(writer, workspace, number, ids) if public else None
    for place in range(size):
        _message(writer, workspace, account, agents, dice, conversation_id, identity, thread_id, opened, place, ids)
    _decisions(writer, workspace, conversation_id, opened, last, agents, ids, live)
    return size


def _customer(writer: _Writer, workspace: Workspace, number: int, ids: Iterator[int], opened: int) -> int:
    """A new customer for every even conversation, the same one again for the odd one; the identity's id."""
    if number % 2 and writer.rows[Identity]:
        return int(writer.rows[Identity][-1][0])
    customer, identity = next(ids), next(ids)
    handle = f"{_WORDS[number % len(_WORDS)]}{number}"
    writer.add(Customer, id=customer, workspace_id=workspace.id, created_ms=opened)
    writer.add(
        Identity, id=identity, workspace_id=workspace.id, customer_id=customer, network="x",
        network_id=str(1_000_000 + number), handle=handle, handle_folded=handle, name=handle.title(), as_of_ms=opened,
    )  # fmt: skip
    return identity


def _thread(writer: _Writer, workspace: Workspace, number: int, ids: Iterator[int]) -> int:
    thread_id = next(ids)
    writer.add(Thread, id=thread_id, workspace_id=workspace.id, network="x", root_id=f"r{number}")
    return thread_id


def _message(
    writer: _Writer, workspace: Workspace, account: Account, agents: list[User], dice: random.Random,
    conversation_id: int, identity: int, thread_id: int | None, opened: int, place: int, ids: Iterator[int],
) -> None:  # fmt: skip
    message_id, ours = next(ids), place % 2 == 1
    public = thread_id is not None and place < 6
    at = opened + place * _HOUR // 4
    writer.add(
        Message,
        id=message_id, workspace_id=workspace.id, network="x", kind="post" if public else "dm",
        network_id=str(message_id), audience="public" if public else "private", direction="out" if ours else "in",
        thread_id=thread_id if public else None, conversation_id=conversation_id, identity_id=identity,
        account_id=account.id if ours or not public else None, author_network_id=account.network_id if ours else "c",
        written_by_id=dice.choice(agents).id if ours else None, text=_text(dice), created_ms=at,
        version_id=str(message_id), settled=True,
    )  # fmt: skip
    if ours:
        writer.add(
            Delivery, id=next(ids), workspace_id=workspace.id, message_id=message_id, account_id=account.id,
            identity_id=identity, state="sent", attempts=1, ended_ms=at, begun_ms=at,
        )  # fmt: skip
        return
    writer.add(Sighting, id=next(ids), workspace_id=workspace.id, message_id=message_id, seq=message_id)
    if dice.random() < 0.13:
        writer.add(
            Attachment, id=next(ids), workspace_id=workspace.id, message_id=message_id, key="3_1", position=0,
            kind="photo", url="https://pbs.example/1", state="kept", blob=f"{workspace.id}/ab", width=800, height=600,
        )  # fmt: skip


def _decisions(
    writer: _Writer, workspace: Workspace, conversation_id: int, opened: int, last: int, agents: list[User],
    ids: Iterator[int], live: bool,
) -> None:  # fmt: skip
    told = [("opened", opened, None), ("assigned", opened + 1, agents[0].id)]
    for verb, at, by in told if live else [*told, ("resolved", last, agents[0].id)]:
        seq = next(ids)
        writer.add(
            Decision, id=seq, workspace_id=workspace.id, seq=seq, at_ms=at, verb=verb, conversation_id=conversation_id,
            by_id=by,
        )  # fmt: skip


def _text(dice: random.Random) -> str:
    return " ".join(dice.choices(_WORDS, k=dice.randint(4, 30)))
