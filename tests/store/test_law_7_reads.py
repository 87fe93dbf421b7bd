"""Law 7, read from the source: every read starts at `scoped`, and what does not is listed with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import careline
from support.wall import workspace_models

SOURCE = Path(careline.__file__).parent
GLOBAL_MODELS = {"User", "Workspace", "Cursor", "Authenticator", "Session", "UserSession"}
#: Making a row needs no filter: its workspace is one of its values, and null is refused.
WRITES = {"create", "bulk_create", "bulk_update"}
#: Reads across workspaces, by file and function, each with its reason. One that is gone must leave this list.
ACROSS = {
    ("store/queries/people.py", "membership"): "asks whether this person has a key to that door",
    ("store/queries/people.py", "workspaces"): "asks which doors a person has keys to",
    ("store/queries/operator.py", "app"): "the edge knows an app's id before it knows whose it is",
    ("store/queries/operator.py", "apps"): "the worker connects every app of the install",
    ("store/queries/operator.py", "accounts"): "the operator's own view, from the command line",
    ("store/queries/operator.py", "real_accounts"): "a simulated clock is refused for the whole install (law 10)",
    ("store/queries/operator.py", "owed"): "the operator's own view, from the command line",
    ("store/queries/operator.py", "gaps"): "the operator's own view, from the command line",
}
_PLACES = ("objects", "_default_manager", "_base_manager")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text())


def managers(tree: ast.Module) -> Iterator[tuple[str, str, ast.Call | None, ast.Attribute]]:
    """(function, model, the call made on the manager, where) for each `Model.objects...`."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _PLACES:
            method = parents.get(node)
            call = parents.get(method) if isinstance(method, ast.Attribute) else None
            yield _function(node, parents), ast.unparse(node.value), call if isinstance(call, ast.Call) else None, node


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while node in parents and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        node = parents[node]
    return getattr(node, "name", "")


def is_scoped(call: ast.Call | None) -> bool:
    if call is None:
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in WRITES:
        return True
    return any(word.arg in ("workspace", "workspace_id", "workspace_id__in") for word in call.keywords)


def unscoped() -> set[tuple[str, str, str]]:
    return {
        (path, function, model)
        for path, tree in modules()
        for function, model, call, _ in managers(tree)
        if model not in GLOBAL_MODELS and not is_scoped(call)
    }


def test_law_7_no_read_bypasses_the_helper():
    astray = {one for one in unscoped() if one[:2] not in ACROSS}
    assert not astray, f"start these at store.scoped.scoped, or list them with a reason: {sorted(astray)}"


def test_law_7_the_list_of_reads_across_workspaces_holds_nothing_that_is_gone():
    assert set(ACROSS) - {one[:2] for one in unscoped()} == set()


def test_law_7_managers_are_touched_in_the_store_and_the_actions_alone():
    outside = {
        (path, model)
        for path, tree in modules()
        for _, model, _, _ in managers(tree)
        if path.split("/")[0] not in ("store", "actions") and model not in GLOBAL_MODELS
    }
    assert not outside


def test_law_7_nobody_writes_sql_by_hand_where_no_filter_can_be_seen():
    allowed = {"engines/log_postgres.py", "engines/log_sqlite.py"}
    by_hand = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("raw", "extra", "RawSQL")
        and isinstance(node.ctx, ast.Load)
    }
    assert by_hand <= allowed


def across_relations(tree: ast.Module) -> list[str]:
    """Reads through the other end of a foreign key, like `message.sightings.filter(...)`.

    They name no workspace, so no index serves them: at a million messages one of these took a page from 40 to 100 ms.
    """
    names = {one.get_accessor_name() for model in workspace_models() for one in model._meta.related_objects}
    methods = {"all", "filter", "exclude", "values_list", "first", "last", "exists", "order_by", "aggregate", "count"}
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in methods
        and isinstance(node.value, ast.Attribute) and node.value.attr in names
    ]  # fmt: skip


def test_law_7_no_read_goes_through_the_other_end_of_a_key():
    assert {path: found for path, tree in modules() if (found := across_relations(tree))} == {}
    assert across_relations(ast.parse("message.sightings.values_list('account_id')"))


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("Message.objects.filter(id=1)", True),
        ("Message.objects.all()", True),
        ("Message._base_manager.get(id=1)", True),
        ("rows = Message.objects", True),
        ("Message.objects.filter(workspace_id=w, id=1)", False),
        ("Message.objects.bulk_create(rows)", False),
    ],
)
def test_this_test_sees_what_it_is_there_to_see(line, caught):
    assert [not is_scoped(call) for _, _, call, _ in managers(ast.parse(line))] == [caught]
