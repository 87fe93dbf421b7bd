"""What a rebuild must not lose although no log holds it: copied pictures, drafts, and deliveries on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from careline.domain.ids import make_id
from careline.domain.words import DeliveryState, Direction, Kind
from careline.store.models import Attachment, Conversation, Delivery, Draft, Message
from careline.store.scoped import scoped

_PICTURE = ("state", "reason", "tries", "not_before_ms", "blob", "width", "height")
_DELIVERY = (
    "account_id", "state", "not_before_ms", "begun_ms", "attempts", "looks", "reason", "detail", "evidence", "ended_ms",
)  # fmt: skip
_DRAFT = ("conversation_id", "user_id", "mode", "text", "saved_ms")


@dataclass(slots=True)
class Keepsakes:
    """Rows by names that outlive the rebuild."""

    workspace_id: int
    pictures: dict[tuple[str, str, str | None, str], dict[str, Any]]
    deliveries: dict[Any, dict[str, Any]]
    drafts: list[dict[str, Any]]

    @classmethod
    def collect(cls, workspace_id: int) -> Keepsakes:
        """Take them down before the tables are emptied."""
        pictures = {
            (one.message.network, one.message.kind, one.message.network_id, one.key): _fields(one, _PICTURE)
            for one in scoped(Attachment, workspace_id).select_related("message")
        }
        deliveries = {
            one.message.uid: _fields(one, _DELIVERY) for one in scoped(Delivery, workspace_id).select_related("message")
        }
        drafts = [_fields(one, _DRAFT) for one in scoped(Draft, workspace_id)]
        return cls(workspace_id, pictures, deliveries, drafts)

    def give_back(self, now_ms: int) -> None:
        """Put them where they belong now."""
        self._pictures()
        self._deliveries(now_ms)
        alive = set(scoped(Conversation, self.workspace_id).values_list("id", flat=True))
        Draft.objects.bulk_create(
            Draft(id=make_id(now_ms), workspace_id=self.workspace_id, **one)
            for one in self.drafts
            if one["conversation_id"] in alive
        )

    def _pictures(self) -> None:
        for one in scoped(Attachment, self.workspace_id).select_related("message"):
            known = self.pictures.get((one.message.network, one.message.kind, one.message.network_id, one.key))
            if known is not None and one.state != "gone":
                for field, value in known.items():
                    setattr(one, field, value)
                one.save(update_fields=list(_PICTURE))

    def _deliveries(self, now_ms: int) -> None:
        """What we wrote has a delivery. Where its row is lost, nobody knows whether it left: a person must say."""
        ours = scoped(Message, self.workspace_id).filter(direction=Direction.OUT, uid__isnull=False)
        for message in ours.exclude(kind=Kind.NOTE):
            fields = self.deliveries.get(message.uid) or _unknown(message)
            row = Delivery(id=make_id(now_ms), workspace_id=self.workspace_id, message=message, **fields)
            row.identity = message.identity
            row.save()


def _fields(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _unknown(message: Message) -> dict[str, Any]:
    if message.network_id is not None:
        return {"account_id": message.account_id, "state": DeliveryState.SENT}
    if message.void:
        return {"account_id": message.account_id, "state": DeliveryState.FAILED, "reason": "rebuilt"}
    return {"account_id": message.account_id, "state": DeliveryState.STUCK, "reason": "rebuilt"}
