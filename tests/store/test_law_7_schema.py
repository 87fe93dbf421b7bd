"""Law 7, read from the schema of both databases: every unique constraint and index begins with the workspace."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from support.databases import both_databases
from support.wall import workspace_models

#: Tables that are nobody's: why a person or a reader of the log is not a workspace's.
GLOBAL_TABLES = {
    "store_user": "a person may work in several workspaces; memberships say in which",
    "store_workspace": "the workspaces themselves",
    "store_cursor": "how far the one raw log has been read, for all workspaces",
}
#: Tables of libraries. None holds anything a customer or an agent wrote.
FOREIGN_TABLES = {
    "django_migrations": "Django: which migrations were applied",
    "django_content_type": "Django: names of models",
    "django_session": "Django: sign-ins, one person each",
    "auth_group": "Django: unused, comes with sign-in",
    "auth_group_permissions": "Django: unused, comes with sign-in",
    "auth_permission": "Django: unused, comes with sign-in",
    "account_emailaddress": "allauth: a person's addresses",
    "account_emailconfirmation": "allauth: unused, comes with sign-in",
    "mfa_authenticator": "allauth: a person's second factor, its seeds encrypted",
    "usersessions_usersession": "allauth: in which browsers a person is signed in",
    "sqlite_sequence": "SQLite: counters of the tables above",
}

pytestmark = [both_databases, pytest.mark.django_db]


def test_law_7_every_table_is_a_workspaces_or_listed_with_its_reason(database):
    ours = {model._meta.db_table for model in workspace_models()}
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    assert tables - {"sqlite_sequence"} - ours == (set(GLOBAL_TABLES) | set(FOREIGN_TABLES)) - {"sqlite_sequence"}


def test_law_7_every_constraint_and_index_begins_with_the_workspace(database):
    for model in workspace_models():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for name, constraint in found.items():
            if constraint["unique"] or constraint["index"] or constraint["primary_key"]:
                columns = constraint["columns"]
                whole = constraint["primary_key"] and columns == ["id"]
                assert whole or columns[:1] == ["workspace_id"], f"{model.__name__}: {name} on {columns}"


def test_law_7_the_workspace_of_a_row_is_never_null(database):
    for model in workspace_models():
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, model._meta.db_table)
        nullable = {column.name: column.null_ok for column in described}
        assert nullable["workspace_id"] is False, model.__name__


def test_law_4_and_7_what_is_unique_in_the_models_is_unique_in_the_database(database):
    """The laws lean on these; a migration that lost one would pass every test that does not race."""
    for model in apps.get_app_config("store").get_models():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        missing = {one.name for one in model._meta.constraints} - set(found)
        assert not missing, f"{model.__name__}: {missing}"


def test_the_desk_as_migrated_is_the_desk_as_modelled(database):
    from django.core.management import call_command

    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=0)
