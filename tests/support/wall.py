"""Law 7, asked of the rows themselves: nothing in one workspace points into another.

`assert_wall` runs after every test that used the database (`tests/conftest.py`), so each history that any test
invents is a proof of the wall too.
"""

from __future__ import annotations

from django.apps import apps
from django.db.models import Exists, F, Field, ForeignKey, Model, OuterRef

#: Numbers that name a row without being foreign keys: their row may be gone, but never be another workspace's.
LOOSE = {
    ("Decision", "conversation_id"): "Conversation",
    ("Change", "conversation_id"): "Conversation",
    ("Change", "message_id"): "Message",
}


def assert_wall() -> None:
    """Walk every reference between tables of a workspace. AssertionError names the reference and a row."""
    for model in workspace_models():
        for field in _references(model):
            target = field.related_model
            theirs = target._default_manager.filter(pk=OuterRef(field.attname))
            _none_astray(model, field.attname, theirs)
    for (name, column), target_name in LOOSE.items():
        target = apps.get_model("store", target_name)
        _none_astray(apps.get_model("store", name), column, target._default_manager.filter(pk=OuterRef(column)))


def workspace_models() -> list[type[Model]]:
    """The desk's tables that belong to a workspace."""
    return [model for model in apps.get_app_config("store").get_models() if _has_workspace(model)]


def _has_workspace(model: type[Model]) -> bool:
    return any(field.name == "workspace" for field in model._meta.concrete_fields)


def _references(model: type[Model]) -> list[Field]:
    keys = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    return [key for key in keys if key.name != "workspace" and _has_workspace(key.related_model)]


def _none_astray(model: type[Model], column: str, theirs) -> None:
    rows = model._default_manager.filter(**{f"{column}__isnull": False})
    row = (
        rows.filter(Exists(theirs.exclude(workspace_id=OuterRef("workspace_id"))))
        .values("pk", astray=F(column))
        .first()
    )
    assert row is None, f"{model.__name__}.{column} points into another workspace: {row}"
