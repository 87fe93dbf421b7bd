"""Who works here: workspaces, people, and what a person may do in a workspace."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from careline.domain.words import Role
from careline.store.models.keys import belongs_to


class Workspace(models.Model):
    """One company, or one client of an agency: the tenant. `settings`: `domain.settings` reads them."""

    id = models.BigIntegerField(primary_key=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    sandbox = models.BooleanField(default=False)
    created_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users; e-mail addresses are compared without case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a person by e-mail address."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in. What they may do is their membership's matter, not theirs.

    `language`, `time_zone`, `theme`, `contrast`, `density`: how they want pages; "" is "as the browser says".
    """

    id = models.BigIntegerField(primary_key=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    initials = models.CharField(max_length=4, blank=True)
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    contrast = models.CharField(max_length=4, blank=True)
    density = models.CharField(max_length=7, blank=True)
    single_keys = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    def has_perm(self, _perm: str, _obj: Any = None) -> bool:
        """Django's own permissions are not used: `domain.permissions` is the one table."""
        return False

    def has_module_perms(self, _app_label: str) -> bool:
        """See has_perm."""
        return False


class Membership(models.Model):
    """Gives a person a role in a workspace."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    user = belongs_to("store.User", related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
