"""Customers for tests of the pages: what they say comes in as the network would tell it."""

from __future__ import annotations

from itertools import count
from typing import Any

from careline.actions import outbox
from careline.actions.receive import Received, receive
from careline.channels.base import Outcome, Sent
from careline.domain.facts import DmSeen, Media, Parsed, PostSeen, Profile
from careline.store.models import Account, Conversation, Message


class Customers:
    """Speaks for the customers of one workspace; network ids rise, the clock stands where the test put it."""

    def __init__(self, desk: Any, clock: Any, workspace: Any, account: Account) -> None:
        self.desk, self.clock, self.workspace, self.account = desk, clock, workspace, account
        self._names: dict[str, str] = {}
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
        name = self._names[handle] = name or self._names.get(handle, handle.title())
        who = Profile(id=f"id-{handle}", handle=handle, name=name, as_of=self.clock.now_ms())
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
