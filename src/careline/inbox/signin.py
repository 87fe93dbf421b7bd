"""Signing in is allauth's business; who may have an account is ours: nobody signs up, an admin adds people.

The seeds of second factors are encrypted with the keys of this install (`store.fields`): a stolen database, or a
backup of it, makes nobody's codes.
"""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from careline.store import fields


class ClosedDoor(DefaultAccountAdapter):
    """No sign-up page, whatever address is tried."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This e-mail address and password do not belong together."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "rate_limited": _("Too many tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


class SecondFactor(DefaultMFAAdapter):
    """Codes of an authenticator app, and codes on paper for when the phone is gone."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it was used already. Wait for the next one in your app."),
    }

    def encrypt(self, text: str) -> str:
        """Called with what codes are made from."""
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SecretsUnreadable where the key is missing."""
        return fields.decrypt(encrypted_text)
