"""Signing in is allauth's business; who may have an account is ours: nobody signs up, an admin adds people."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedDoor(DefaultAccountAdapter):
    """No sign-up page, whatever address is tried."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
