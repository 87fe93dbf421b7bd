"""Secrets of apps and accounts, encrypted at rest with keys that live outside the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[dict[str, str], dict[str, str]]
else:
    _Text = models.TextField


class SecretsUnreadable(Exception):
    """The key that these secrets were written with is not among the keys of this install."""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CARELINE_KEYS])


def encrypt(text: str) -> str:
    """One Fernet token (AES-128-CBC with HMAC-SHA256; cryptography.io/en/latest/fernet).

    The first key of `settings.CARELINE_KEYS` writes, all of them read: rotation is to put a new one first.
    """
    return _box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """What `encrypt` was given. Raises SecretsUnreadable where the key is missing."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        msg = "The secrets in this database were written with another key. Put that key file back."
        raise SecretsUnreadable(msg) from error


class SecretsField(_Text):
    """A dict of strings, stored encrypted as one token."""

    def get_prep_value(self, value: Any) -> str:
        """Encrypt."""
        return encrypt(json.dumps(value or {}))

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> dict[str, str]:
        """Decrypt. Raises SecretsUnreadable where the key is missing."""
        decoded: dict[str, str] = json.loads(decrypt(value)) if value else {}
        return decoded

    def to_python(self, value: Any) -> dict[str, str]:
        """A dict in Python."""
        return value if isinstance(value, dict) else {}
