"""Every read has an index that serves it, on both engines: asked of the engines themselves, not of a stop-watch.

SQLite says how it will go about a query; PostgreSQL also says how many rows it touched. A list may touch a few pages
of rows, never a share of the table: that is what stays flat from a thousand conversations to a million.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from careline.store.models import Attachment, Conversation, Identity, Message, Workspace
from careline.store.queries import context, inbox, people, timeline
from careline.store.queries.changes import StoredChanges
from careline.store.queries.inbox import View
from careline.store.scoped import scoped
from support.clock import MORNING_MS
from support.databases import both_databases
from support.many import Shape, fill
from support.rows import make_account, make_membership, make_user, make_workspace

#: Tables that stay small however long a desk runs: a plan may read them whole.
SMALL = {
    *("store_account", "store_app", "store_membership", "store_user", "store_workspace", "store_counter"),
    *("store_handoff", "store_draft"),
}
#: Rows of one table that a query may touch: two pages of a list with what hangs on them.
MOST = 320


@pytest.fixture
def filled(database: Any, db: None) -> tuple[Workspace, Any]:
    """Two companies with some 13,000 conversations between them; the one asked about, and an agent there."""
    agents = [make_user() for _ in range(3)]
    busy, other = make_workspace(), make_workspace()
    for workspace, messages in ((busy, 45_000), (other, 15_000)):
        for agent in agents:
            make_membership(workspace, agent)
        fill(workspace, make_account(workspace), agents, Shape(messages, longest=200))
    return busy, agents[0]


def reads(workspace: Workspace, agent: Any) -> dict[str, Callable[[], object]]:
    """Every query function, asked as a page asks it."""
    w = workspace.id
    some = scoped(Conversation, w).values_list("id", flat=True).first()
    long = (
        scoped(Message, w).values("conversation_id").annotate(n=Count("id")).order_by("-n").first()["conversation_id"]
    )
    marks = {view: inbox.rows(w, view, user_id=agent.id, now_ms=MORNING_MS).after for view in View}
    part = timeline.stretch(w, long)
    known = (
        scoped(Message, w).filter(thread__isnull=False, network_id__isnull=False).values_list("network_id", flat=True)
    )
    post = next(iter(timeline.posts(w, known[:8]).values()))
    handle = scoped(Identity, w).order_by("id").values_list("handle", flat=True)[50]
    picture = scoped(Attachment, w).values_list("id", flat=True).first()
    asked: dict[str, Callable[[], object]] = {
        f"list {view}": lambda v=view: inbox.rows(w, v, user_id=agent.id, now_ms=MORNING_MS) for view in View
    }
    asked |= {
        f"list {view}, next page": lambda v=view: inbox.rows(w, v, user_id=agent.id, now_ms=MORNING_MS, after=marks[v])
        for view in View if marks[view]
    }  # fmt: skip
    return asked | {
        "find a handle": lambda: inbox.find(w, handle[:6], user_id=agent.id, now_ms=MORNING_MS),
        "counts": lambda: inbox.counts(w, agent.id),
        "latest change": lambda: inbox.latest_change(w),
        "head": lambda: timeline.head(w, some),
        "timeline": lambda: timeline.stretch(w, long),
        "timeline, older": lambda: timeline.stretch(w, long, before=part.before),
        "neighbours": lambda: timeline.neighbours(w, long, part.lines),
        "posts": lambda: timeline.posts(w, known[:50]),
        "ours": lambda: timeline.ours(w),
        "history": lambda: context.history(w, timeline.head(w, long)),
        "handoffs": lambda: context.handoffs(w, long),
        "assigned": lambda: context.assigned_ms(w, long),
        "thread strip": lambda: context.strip(w, post.conversation_id or 0, post.thread_id or 0, post),
        "answerable": lambda: timeline.answerable(w, long),
        "drafts": lambda: timeline.drafts(w, long, agent.id),
        "picture": lambda: timeline.picture(w, picture),
        "changes": lambda: timeline.changes(w, 0),
        "audience of": lambda: timeline.audience_of(w, part.lines[0].id),
        "heir": lambda: timeline.heir(w, long),
        "seat": lambda: people.membership(agent.id, workspace.slug),
        "colleagues": lambda: people.colleagues(w),
        "live heads": lambda: StoredChanges().heads([w]),
        "live changes": lambda: StoredChanges().read(w, 0, 500),
    }


def complaints(database: Any, sql: str, most: int) -> list[str]:
    return list(complaints_of_sqlite(sql)) if database.current == "sqlite" else complaints_of_postgresql(sql, most)


def complaints_of_sqlite(sql: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        plan = [row[3] for row in cursor.fetchall()]
    for step in plan:
        whole = re.match(r"SCAN (store_\w+)", step)
        if whole and whole[1] not in SMALL:
            yield step
        # An index that begins with the workspace, used for the workspace alone, reads all of a company's rows.
        broad = re.fullmatch(r"SEARCH (store_\w+) USING (?:COVERING )?INDEX \w+ \(workspace_id=\?\)", step)
        in_order = " LIMIT " in sql and not any("TEMP B-TREE" in other for other in plan)
        if broad and broad[1] not in SMALL and not in_order:
            yield step


def complaints_of_postgresql(sql: str, most: int) -> list[str]:
    """A table of a few pages is rightly read whole; so the plan without that choice may answer for the query too."""
    with connection.cursor() as cursor:
        found = _touched(cursor, sql, most)
        if found:
            cursor.execute("SET LOCAL enable_seqscan = off")
            found = _touched(cursor, sql, most)
            cursor.execute("SET LOCAL enable_seqscan = on")
    return found


def _touched(cursor: Any, sql: str, most: int) -> list[str]:
    cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
    answer = cursor.fetchone()[0]
    found = []
    for node in _nodes((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]):
        table = node.get("Relation Name", "")
        touched = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        if table not in {"", *SMALL} and touched > most:
            how = {key: node[key] for key in ("Index Name", "Index Cond", "Filter") if key in node}
            found.append(f"{node['Node Type']} on {table}: {touched} rows, {how}")
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


@both_databases
def test_no_read_touches_a_share_of_the_table(database, filled):
    asked = reads(*filled)
    wrong: list[str] = []
    for name, ask in asked.items():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ask()
        for query in captured.captured_queries:
            sql = query["sql"]
            most = inbox.MOST * 3 // 2 if name == "counts" else MOST
            found = complaints(database, sql, most)
            wrong += [f"{name}: {complaint}\n    {sql}" for complaint in found]
    assert not wrong, "\n".join(wrong)


@both_databases
def test_this_test_sees_a_table_that_is_read_whole(database, filled):
    workspace, _ = filled
    with CaptureQueriesContext(connection) as captured:
        list(scoped(Message, workspace.id).filter(author_network_id="nobody"))
        list(scoped(Conversation, workspace.id).order_by("preview")[:5])
    for query in captured.captured_queries:
        assert complaints(database, query["sql"], MOST)
