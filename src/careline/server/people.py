"""Workspaces and people as an operator makes them: on the command line and for the demo."""

from __future__ import annotations

import secrets

from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from careline.domain.ids import make_id
from careline.domain.words import Role
from careline.engines.clock import SystemClock
from careline.server.config import ConfigError
from careline.store.models import Membership, User, Workspace
from careline.store.scoped import scoped


def workspace(slug: str, *, name: str = "", sandbox: bool = False) -> Workspace:
    """The workspace with this short name, made if `name` is given. Raises ConfigError."""
    found = Workspace.objects.filter(slug=slug).first()
    if found is not None:
        return found
    if not name:
        known = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        msg = f"There is no workspace {slug!r} (there are: {known}). To make it, give --new-workspace its name."
        raise ConfigError(msg)
    now_ms = SystemClock().now_ms()
    made = Workspace(id=make_id(now_ms), slug=slug, name=name, sandbox=sandbox, created_ms=now_ms)
    try:
        made.full_clean(exclude=["settings"])
    except ValidationError as error:
        msg = f"{slug!r} is no short name for a workspace: use letters, digits and hyphens."
        raise ConfigError(msg) from error
    made.save()
    return made


def add_person(
    workspace: Workspace, *, email: str, name: str, role: str, password: str | None
) -> tuple[User, str | None]:
    """Give a person a role; the password is theirs if they are new (random if None), else None comes back."""
    try:
        validate_email(email)
    except ValidationError as error:
        msg = f"{email!r} is no e-mail address."
        raise ConfigError(msg) from error
    now_ms = SystemClock().now_ms()
    made: str | None = None
    with transaction.atomic():
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            made = password or secrets.token_urlsafe(15)
            person = User(id=make_id(now_ms), email=email.lower(), name=name or email.partition("@")[0])
            _give(person, made)
            person.save()
        seats = scoped(Membership, workspace.id).filter(user=person)
        if not seats.update(role=Role(role)):
            Membership(id=make_id(now_ms), workspace=workspace, user=person, role=Role(role)).save(force_insert=True)
    return person, made


def set_password(email: str, password: str) -> None:
    """A new password; sessions made with the old one end with it. Raises ConfigError."""
    person = _person(email)
    _give(person, password)
    person.save(update_fields=["password"])


def second_factor_off(email: str) -> bool:
    """Forget app and recovery codes and end all sessions; whether there was a second factor. Raises ConfigError."""
    person = _person(email)
    with transaction.atomic():
        deleted, _ = Authenticator.objects.filter(user=person).delete()
        ours = [one.pk for one in Session.objects.iterator() if one.get_decoded().get(SESSION_KEY) == str(person.pk)]
        Session.objects.filter(pk__in=ours).delete()
    return deleted > 0


def _person(email: str) -> User:
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        msg = f"Nobody here has the address {email!r}."
        raise ConfigError(msg)
    return person


def _give(person: User, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise ConfigError(" ".join(error.messages)) from error
    person.set_password(password)
