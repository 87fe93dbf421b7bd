"""The decision log, read from its beginning: what each entry did to the conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from careline.actions.bind import bind_sent, offer, unvoid, void
from careline.actions.converse import plan_handoff
from careline.actions.decisions import Journal
from careline.actions.placing import shut
from careline.actions.settling import settle
from careline.actions.split import make_split
from careline.actions.steer import restore
from careline.actions.workspace import SETTINGS_CHANGED
from careline.domain.ids import make_id
from careline.domain.words import Audience, Direction, Ending, HandoffState, Kind, State
from careline.store.models import Account, Conversation, Decision, Handoff, Identity, Message, Workspace
from careline.store.scoped import scoped

_STEERED = ("assigned", "resolved", "marked_spam", "ignored", "opened_again", "undone")
_OPENING = ("reopened", "woke")


class Fold:
    """Applies decisions in order of seq. Raises KeyError for a verb that it does not know: none may be skipped."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.workspace_id = journal.workspace_id
        self._takes: dict[str, Callable[[Decision], None]] = {
            "opened": self._opened,
            "joined": self._joined,
            "left": self._joined,
            "follows": self._follows,
            "withdrawn": self._withdrawn,
            "settled": self._settled,
            "stood_back": self._stood_back,
            "arrived": self._arrived,
            "stopped": self._stopped,
            "replied": self._wrote,
            "invited": self._wrote,
            "noted": self._wrote,
            "split": self._split,
            "sent": self._sent,
            "failed": self._void,
            "cancelled": self._void,
            "retried": self._retried,
            SETTINGS_CHANGED: self._settings_changed,
            **dict.fromkeys(_STEERED, self._steered),
            **dict.fromkeys(_OPENING, self._opening),
        }

    def take(self, decision: Decision) -> None:
        """Apply one entry."""
        self.journal.now_ms, self.journal.by = decision.at_ms, decision.by_id
        self._takes[decision.verb](decision)

    def _conversation(self, decision: Decision) -> Conversation:
        return scoped(Conversation, self.workspace_id).get(id=decision.conversation_id or 0)

    def _message(self, name: str) -> Message | None:
        """The message with this name: "network:kind:id", or "uid:..."."""
        messages = scoped(Message, self.workspace_id)
        if name.startswith("uid:"):
            return messages.filter(uid=name.removeprefix("uid:")).first()
        network, kind, network_id = name.split(":", 2)
        return messages.filter(network=network, kind=kind, network_id=network_id).first()

    def _identity(self, name: str) -> Identity:
        network, network_id = name.split(":", 1)
        return scoped(Identity, self.workspace_id).get(network=network, network_id=network_id)

    def _opened(self, decision: Decision) -> None:
        priors = scoped(Conversation, self.workspace_id).filter(id=decision.data["prior"] or 0)
        Conversation.objects.create(
            id=decision.conversation_id or 0,
            workspace_id=self.workspace_id,
            customer_id=self._identity(decision.data["customer"][0]).customer_id,
            prior=priors.first(),
            opened_ms=decision.at_ms,
            last_ms=decision.at_ms,
        )

    def _follows(self, decision: Decision) -> None:
        priors = scoped(Conversation, self.workspace_id).filter(id=decision.data["prior"] or 0)
        scoped(Conversation, self.workspace_id).filter(id=decision.conversation_id or 0).update(prior=priors.first())

    def _joined(self, decision: Decision) -> None:
        """Also "left": then the home is none."""
        for name in decision.data["refs"]:
            message = self._message(name)
            if message is not None:
                message.conversation_id = decision.conversation_id
                message.save(update_fields=["conversation"])

    def _withdrawn(self, decision: Decision) -> None:
        conversation = self._conversation(decision)
        scoped(Message, self.workspace_id).filter(conversation=conversation).update(conversation=None)
        shut(conversation)

    def _settled(self, decision: Decision) -> None:
        for name in decision.data["customers"]:
            settle(self.journal, self._identity(name).customer_id)

    def _opening(self, decision: Decision) -> None:
        scoped(Conversation, self.workspace_id).filter(id=decision.conversation_id or 0).update(
            state=State.OPEN, ending=Ending.NONE, resolved_ms=None
        )

    def _stood_back(self, decision: Decision) -> None:
        one = self._conversation(decision)
        one.state, one.ending, one.resolved_ms = one.base_state or State.OPEN, one.base_ending, one.base_resolved_ms
        one.save()

    def _arrived(self, decision: Decision) -> None:
        handoff = scoped(Handoff, self.workspace_id).get(message__uid=decision.data["handoff"])
        message = self._message(decision.data["by"]) if decision.data["by"] else None
        handoff.state = HandoffState.ARRIVED if message else HandoffState.OFFERED
        handoff.arrived_with, handoff.arrived_ms = message, message.created_ms if message else None
        handoff.save()

    def _stopped(self, decision: Decision) -> None:
        person = self._identity(f"{decision.data['network']}:{decision.data['identity']}")
        person.stopped_ms = max(person.stopped_ms or 0, decision.data["at_ms"])
        person.save(update_fields=["stopped_ms"])

    def _wrote(self, decision: Decision) -> None:
        """A reply, an invitation or a note: written anew as it was written then."""
        data, conversation = decision.data, self._conversation(decision)
        is_note = decision.verb == "noted"
        answers = self._message(data["answers"]) if data.get("answers") else None
        message = Message.objects.create(
            id=make_id(decision.at_ms),
            workspace_id=self.workspace_id,
            uid=UUID(data["uid"]),
            direction=Direction.OUT,
            conversation=conversation,
            written_by_id=decision.by_id,
            text=data["text"],
            created_ms=data["at_ms"],
            settled=True,
            **(_NOTE if is_note else self._addressed(data, answers)),
        )
        if decision.verb == "invited":
            plan_handoff(self.journal, message)
        if not is_note and conversation.state != State.RESOLVED:
            conversation.state = State.PENDING
        conversation.save()
        settle(self.journal, conversation.customer_id)

    def _addressed(self, data: dict[str, Any], answers: Message | None) -> dict[str, Any]:
        network, account_id = data["account"].split(":", 1)
        public = data["kind"] == Kind.POST
        return {
            "network": network,
            "kind": data["kind"],
            "audience": Audience.PUBLIC if public else Audience.PRIVATE,
            "account": scoped(Account, self.workspace_id).get(network=network, network_id=account_id),
            "identity": self._identity(data["identity"]),
            "author_network_id": account_id,
            "shape": data["shape"],
            "thread_id": answers.thread_id if answers and public else None,
            "reply_to_id": (answers.network_id or "") if answers and public else "",
            "reply_to_user_id": answers.author_network_id if answers and public else "",
        }

    def _steered(self, decision: Decision) -> None:
        conversation = self._conversation(decision)
        restore(conversation, decision.data["now"])
        conversation.save()
        settle(self.journal, conversation.customer_id)

    def _split(self, decision: Decision) -> None:
        conversation = self._conversation(decision)
        chosen = [one for one in map(self._message, decision.data["refs"]) if one is not None]
        make_split(self.journal, conversation, decision.data["into"], chosen)

    def _sent(self, decision: Decision) -> None:
        message = self._message(f"uid:{decision.data['uid']}")
        if message is None:
            return
        if decision.data["ref"]:
            bind_sent(self.journal, message, decision.data["ref"].rsplit(":", 1)[1], decision.data["at_ms"])
        else:
            offer(self.journal, message, decision.data["at_ms"])

    def _void(self, decision: Decision) -> None:
        message = self._message(f"uid:{decision.data['uid']}")
        if message is not None:
            void(self.journal, message)

    def _retried(self, decision: Decision) -> None:
        message = self._message(f"uid:{decision.data['uid']}")
        if message is not None:
            unvoid(self.journal, message)

    def _settings_changed(self, decision: Decision) -> None:
        """What follows was decided under these: how long an invitation was good, for one."""
        Workspace.objects.filter(id=self.workspace_id).update(settings=decision.data["now"]["settings"])


_NOTE = {"network": "desk", "kind": Kind.NOTE, "audience": Audience.INTERNAL}
