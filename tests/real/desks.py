"""Three desks to which a recording happens, with a seeded script of what people do in between."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

from careline.actions.bind import bind_sent
from careline.actions.context import Actor, Desk
from careline.actions.converse import invite
from careline.actions.decisions import writing
from careline.actions.errors import ActionError
from careline.actions.split import split
from careline.actions.steer import resolve
from careline.ports.event_log import EventLog, RawEvent
from careline.store.models import Account, Message, Workspace
from careline.store.queries.canonical import dump
from careline.store.scoped import scoped
from real.recorded import Recording
from support.clock import FixedClock
from support.rows import make_account, make_app, make_membership, make_user, make_workspace

SEGMENTS = 6
Shake = Callable[[list[bytes], random.Random], list[bytes]]


class Desks:
    """One workspace a brand, fed through one raw log."""

    def __init__(self, recording: Recording, log: EventLog) -> None:
        self.recording, self.log = recording, log
        self.clock = FixedClock()
        self.desk = Desk(self.clock, lambda _workspace_id: None)
        self.workspaces: dict[str, Workspace] = {}
        self.accounts: dict[str, Account] = {}
        self.actors: dict[str, Actor] = {}
        for brand, brand_id in recording.brand_ids.items():
            workspace = make_workspace()
            app = make_app(workspace, api_base="http://127.0.0.1:9", intake="webhook")
            self.workspaces[brand] = workspace
            self.accounts[brand] = make_account(workspace, app, network_id=brand_id, handle=brand)
            user = make_user()
            make_membership(workspace, user)
            self.actors[brand] = Actor(workspace.id, user.id)

    def run(self, shake: Shake, drain: Callable[[], None]) -> None:
        """Segment by segment: append what was said (shaken), let the desk read it, act."""
        chances, extra = random.Random(4), {brand: [] for brand in self.workspaces}
        for number in range(SEGMENTS):
            for brand in self.workspaces:
                lines = [*_segment(self.recording.lines[brand], number), *extra[brand]]
                self._append(brand, shake(lines, chances))
            drain()
            for brand in self.workspaces:
                lines = _segment(self.recording.lines[brand], number)
                extra[brand] = self._act(brand, number, max(map(_at_ms, lines)))
        for brand, lines in extra.items():
            self._append(brand, lines)
        drain()

    def _append(self, brand: str, lines: list[bytes]) -> None:
        account = self.accounts[brand]
        events = [RawEvent(account.workspace_id, account.app_id, "x", "stream", 0, line) for line in lines]
        for start in range(0, len(events), 500):
            self.log.append(events[start : start + 500])

    def _act(self, brand: str, number: int, at_ms: int) -> list[bytes]:
        """Resolve eight, split two, invite three; return the private messages with which the invited answer."""
        self.clock.advance(at_ms - self.clock.now_ms())
        script = random.Random(f"{brand} {number}")
        names = sorted(self._conversations(brand))
        chosen = script.sample(names, k=min(13, len(names)))
        answers = []
        for place, name in enumerate(chosen):
            try:
                if place < 8:
                    resolve(self.desk, self.actors[brand], conversation_id=self._conversations(brand)[name])
                elif place < 10:
                    self._split(brand, name)
                else:
                    answers.append(self._invite(brand, name, number * 100 + place))
            except ActionError:
                continue
        return answers

    def _conversations(self, brand: str) -> dict[str, int]:
        """Conversations by the id of their first message."""
        rows = scoped(Message, self.workspaces[brand].id).filter(conversation__isnull=False, network_id__isnull=False)
        first: dict[int, str] = {}
        for conversation_id, network_id in rows.values_list("conversation_id", "network_id"):
            first[conversation_id] = min(first.get(conversation_id, "~"), network_id.zfill(20))
        return {name: conversation_id for conversation_id, name in first.items()}

    def _messages(self, brand: str, name: str) -> Any:
        rows = scoped(Message, self.workspaces[brand].id).filter(conversation_id=self._conversations(brand)[name])
        return rows.filter(network_id__isnull=False).order_by("network_id")

    def _split(self, brand: str, name: str) -> None:
        last = self._messages(brand, name).last()
        split(
            self.desk,
            self.actors[brand],
            conversation_id=self._conversations(brand)[name],
            message_ids=[last.id],
        )

    def _invite(self, brand: str, name: str, number: int) -> bytes:
        question = self._messages(brand, name).filter(direction="in").last()
        if question is None:
            raise ActionError("nobody to invite")
        sent = invite(
            self.desk, self.actors[brand], conversation_id=question.conversation_id, answers_id=question.id,
            text="Please write to us", first_line="Hi", uid=UUID(int=number + 1), confirmed=True,
        )  # fmt: skip
        at_ms = self.clock.now_ms()
        with writing(self.desk, Actor(self.workspaces[brand].id)) as journal:
            bind_sent(journal, sent, str(8_000_000_000_000_000_000 + number), at_ms)
        ids = (question.author_network_id, self.accounts[brand].network_id)
        return _dm(8_100_000_000_000_000_000 + number, *ids, at_ms + 60_000)

    def dump(self) -> dict[str, Any]:
        """All three desks; who clicked is another person in each run."""
        dumps = {brand: dump(workspace.id) for brand, workspace in self.workspaces.items()}
        for one in dumps.values():
            for message in one["messages"]:
                message["by"] = None
        return dumps


def _segment(lines: list[bytes], number: int) -> list[bytes]:
    size = -(-len(lines) // SEGMENTS)
    return lines[number * size : (number + 1) * size]


def _at_ms(line: bytes) -> int:
    from careline.channels.x.channel import XChannel

    return max(fact.created_ms for fact in XChannel().parse(line).facts)  # type: ignore[union-attr]


def _dm(id_: int, sender: str, recipient: str, at_ms: int) -> bytes:
    """A private message in the shape in which X delivers it."""
    event = {
        "type": "message_create",
        "id": str(id_),
        "created_timestamp": str(at_ms),
        "message_create": {
            "target": {"recipient_id": recipient},
            "sender_id": sender,
            "message_data": {"text": "My order number is 4711", "entities": {"urls": []}},
        },
    }
    payload = {"direct_message_events": [event], "users": {}}
    data = {"event_uuid": str(id_), "filter": {"user_id": recipient}, "event_type": "dm.received", "payload": payload}
    return json.dumps({"data": data}).encode()
