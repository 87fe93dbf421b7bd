"""Django's handle on the desk's tables."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Label `store`: migrations live in store/migrations."""

    name = "careline.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
