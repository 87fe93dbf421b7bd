"""A desk with customers: what they say comes in as the network would tell it, what we say goes through the verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from careline.actions.context import Actor
from careline.domain.words import Role
from careline.store.models import Account, Conversation, User
from inbox.customers import Customers
from support.rows import make_membership, make_user

PASSWORD = "a long enough password"
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves its language behind in the thread, for the next request to replace."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def customers(desk: Any, clock: Any, workspace: Any, account: Account) -> Customers:
    """See Customers."""
    return Customers(desk, clock, workspace, account)


@pytest.fixture
def person(workspace: Any) -> Callable[..., User]:
    """Makes a member of the workspace with a role."""

    def make(role: Role = Role.AGENT, **fields: Any) -> User:
        user = make_user(password=PASSWORD, **fields)
        make_membership(workspace, user, role)
        return user

    return make


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser in which somebody is signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=_BACKEND)
        return client

    return make


@pytest.fixture
def nina(person: Any) -> User:
    """An agent."""
    return person(name="Nina Brandt")


@pytest.fixture
def browser(desk: Any, nina: User, sign_in: Any) -> Client:
    """Nina's browser."""
    return sign_in(nina)


@pytest.fixture
def as_nina(nina: User, workspace: Any) -> Actor:
    """Nina, as verbs know her."""
    return Actor(workspace_id=workspace.id, user_id=nina.id, role=Role.AGENT)


@pytest.fixture
def address(workspace: Any) -> Callable[..., str]:
    """The address of a conversation, or of what hangs below it."""

    def of(conversation: Conversation, rest: str = "", view: str = "open") -> str:
        return f"/{workspace.slug}/{view}/{conversation.id}/{rest}"

    return of
