"""A desk with customers: what they say comes in as the network would tell it, what we say goes through the verbs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.test import Client

from careline.actions import outbox
from careline.actions.context import Actor
from careline.actions.receive import Received, receive
from careline.channels.base import Outcome, Sent
from careline.domain.facts import DmSeen, Media, Parsed, PostSeen, Profile
from careline.domain.words import Role
from careline.store.models import Account, Conversation, Message, User
from support.rows import make_membership, make_user

PASSWORD = "a long enough password"
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Customers:
    """Speaks for the customers of one workspace; network ids rise, the clock stands where the test put it."""

    def __init__(self, desk: Any, clock: Any, workspace: Any, account: Account) -> None:
        self.desk, self.clock, self.workspace, self.account = desk, clock, workspace, account
        self._number = count(1000 * workspace.id % 10**9)

    def post(
        self, handle: str, text: str = "Where is my parcel?", *, name: str = "", to: Message | None = None
    ) -> Message:
        """A public post that mentions us, in the thread of `to` if given."""
        network_id = str(next(self._number))
        root = to.network_id if to else network_id
        fact = PostSeen(
            id=network_id,
            author_id=f"id-{handle}",
            text=text,
            created_ms=self.clock.now_ms(),
            root_id=root or "",
            reply_to_id=to.network_id if to else None,
            mentions=(self.account.network_id,),
        )
        return self._in(handle, name, fact)

    def beside(self, handle: str, to: Message, text: str) -> None:
        """Somebody else's post in the thread of `to`, not meant for us."""
        fact = PostSeen(
            id=str(next(self._number)),
            author_id=f"id-{handle}",
            text=text,
            created_ms=self.clock.now_ms(),
            root_id=to.network_id or "",
            reply_to_id=to.network_id,
        )
        self._in(handle, "", fact)

    def dm(self, handle: str, text: str = "My order is 4711", *, name: str = "", picture: bool = False) -> Message:
        """A private message to us."""
        fact = DmSeen(
            id=str(next(self._number)),
            sender_id=f"id-{handle}",
            recipient_id=self.account.network_id,
            text=text,
            created_ms=self.clock.now_ms(),
            media=(Media(key="m1", kind="photo", url="http://127.0.0.1/p.png", alt="A label"),) if picture else (),
        )
        return self._in(handle, name, fact)

    def _in(self, handle: str, name: str, fact: PostSeen | DmSeen) -> Message:
        who = Profile(id=f"id-{handle}", handle=handle, name=name or handle.title(), as_of=self.clock.now_ms())
        parsed = Parsed(account_id=self.account.network_id, facts=(fact,), profiles=(who,))
        receive(self.desk, self.workspace.id, [Received(int(fact.id), parsed, source="file", network="x")])
        return Message.objects.get(workspace=self.workspace, network_id=fact.id)

    def conversation(self, handle: str) -> Conversation:
        """The latest conversation of a customer."""
        theirs = Conversation.objects.filter(customer__identities__handle=handle, workspace=self.workspace)
        return theirs.latest("id")

    def network_says(self, outcome: Outcome | None = None) -> None:
        """Let everything that waits leave; the network takes it, or answers `outcome`."""
        self.clock.advance(seconds=1)
        for lease in outbox.lease(self.desk, "test", slots=10):
            assert outbox.begin(self.desk, lease)
            outbox.settle(self.desk, lease, outcome or Sent(str(next(self._number))))


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
