"""Copies of customers' pictures, made at once: X takes private media away, and no browser shall ask X for them.

A browser that loaded a picture from X would tell X who reads which message; so pictures are fetched here, with the
account's token, made safe, and served from our own origin only.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from careline.actions.context import Desk
from careline.actions.pictures import (
    blob_in_use,
    forget_blob,
    give_up_picture,
    keep_picture,
    put_picture_off,
)
from careline.channels.base import Fetched, Problem, Steps, Throttled
from careline.intake.safe_image import UnsafeImage, make_safe
from careline.ports.blobs import Blobs
from careline.store.models import Account, Attachment, Message, Sighting, Workspace
from careline.store.scoped import scoped

_log = structlog.get_logger("careline.intake.pictures")
T = TypeVar("T")

_BATCH = 20
_IDLE_S = 1.0
_SWEEP_EVERY_S = 600.0
_TRIES = 8
_FIRST_WAIT_MS, _LONGEST_WAIT_MS = 15_000, 3_600_000
#: Of moving pictures the desk keeps a still; the person watches them at X.
_MOVING = frozenset({"video", "animated_gif"})
_NO_STILL = "X gave no still picture of it."
#: Answers that will not be another one tomorrow.
_FOR_GOOD = frozenset({"no_address", "not_found", "too_large", "forbidden", "invalid"})


class FetchesMedia(Protocol):
    """The part of a channel that pictures need."""

    def fetch_media(self, url: str, message_id: str) -> Steps[Fetched | Throttled | Problem]:
        """See channels.base.Channel."""
        ...


class Performs(Protocol):
    """Runs a channel's steps in an account's name (the composition root binds network.perform)."""

    def __call__(self, account: Account, steps: Steps[T], /) -> T:
        """What the steps found."""
        ...


@dataclass(frozen=True, slots=True)
class Pictures:
    """`channel_of`: the channel of a network by name. `run` belongs to a thread of its own."""

    desk: Desk
    blobs: Blobs
    channel_of: Callable[[str], FetchesMedia]
    perform: Performs

    def run(self, stop: threading.Event) -> None:
        """Fetch what is wanted until `stop` is set."""
        sweep_at = 0.0
        while not stop.is_set():
            if time.monotonic() >= sweep_at:
                self.sweep()
                sweep_at = time.monotonic() + _SWEEP_EVERY_S
            if not self.step():
                stop.wait(_IDLE_S)

    def step(self) -> int:
        """Try some of what is due, in every workspace; how many were tried."""
        tried = 0
        for workspace_id in Workspace.objects.values_list("id", flat=True):
            for attachment in self._due(workspace_id):
                self._fetch(attachment)
                tried += 1
        return tried

    def sweep(self) -> None:
        """Delete the copies of pictures whose messages were deleted."""
        for workspace_id in Workspace.objects.values_list("id", flat=True):
            gone = scoped(Attachment, workspace_id).filter(state="gone").exclude(blob="")
            for attachment_id, blob in list(gone.values_list("id", "blob")):
                # Bytes first: cut off in between, the row still says what has to be deleted.
                if not blob_in_use(workspace_id, blob):
                    self.blobs.delete(blob)
                forget_blob(self.desk, workspace_id, attachment_id)

    def _due(self, workspace_id: int) -> Iterator[Attachment]:
        due = scoped(Attachment, workspace_id).filter(state="wanted", not_before_ms__lte=self.desk.clock.now_ms())
        return iter(due.select_related("message").order_by("not_before_ms", "id")[:_BATCH])

    def _fetch(self, attachment: Attachment) -> None:
        if not (address := _address(attachment)):
            give_up_picture(self.desk, attachment.workspace_id, attachment.id, reason=_NO_STILL)
        elif (account := _account_for(attachment.message)) is None:
            self._later(attachment, "No account of this network is connected.")
        else:
            self._take(attachment, self._ask(account, attachment, address))

    def _ask(self, account: Account, attachment: Attachment, address: str) -> Fetched | Throttled | Problem:
        message = attachment.message
        try:
            steps = self.channel_of(message.network).fetch_media(address, message.network_id or "")
            return self.perform(account, steps)
        except Exception as error:
            # One picture that breaks a decoder of addresses must not stop all others.
            _log.exception("picture_failed", attachment_id=attachment.id)
            return Problem("broken", f"{type(error).__name__} while fetching it.")

    def _take(self, attachment: Attachment, answer: Fetched | Throttled | Problem) -> None:
        if isinstance(answer, Fetched):
            self._keep(attachment, answer.data)
        elif isinstance(answer, Throttled):
            self._put_off(attachment, attachment.tries, answer.until_ms, "X asks us to wait.")
        elif answer.reason in _FOR_GOOD:
            give_up_picture(self.desk, attachment.workspace_id, attachment.id, reason=answer.detail or answer.reason)
        else:
            self._later(attachment, answer.detail or answer.reason)

    def _keep(self, attachment: Attachment, data: bytes) -> None:
        workspace_id = attachment.workspace_id
        try:
            picture = make_safe(data)
            blob = self.blobs.put(workspace_id, picture.data)
        except UnsafeImage as error:
            give_up_picture(self.desk, workspace_id, attachment.id, reason=str(error))
        except OSError as error:
            _log.warning("no_room_for_picture", attachment_id=attachment.id, error=error.strerror)
            self._put_off(attachment, attachment.tries, self._after(_LONGEST_WAIT_MS // 60), "The disk is full.")
        else:
            size = {"width": picture.width, "height": picture.height}
            kept = keep_picture(self.desk, workspace_id, attachment.id, blob=blob, **size)
            if not kept and not blob_in_use(workspace_id, blob):
                self.blobs.delete(blob)

    def _later(self, attachment: Attachment, reason: str) -> None:
        tries = attachment.tries + 1
        if tries >= _TRIES:
            give_up_picture(self.desk, attachment.workspace_id, attachment.id, reason=reason)
            return
        wait_ms = min(_FIRST_WAIT_MS * 2 ** (2 * attachment.tries), _LONGEST_WAIT_MS)
        self._put_off(attachment, tries, self._after(int(wait_ms * random.uniform(0.8, 1.2))), reason)  # noqa: S311

    def _put_off(self, attachment: Attachment, tries: int, not_before_ms: int, reason: str) -> None:
        values: dict[str, Any] = {"tries": tries, "not_before_ms": not_before_ms, "reason": reason}
        put_picture_off(self.desk, attachment.workspace_id, attachment.id, **values)

    def _after(self, wait_ms: int) -> int:
        return self.desk.clock.now_ms() + wait_ms


def _address(attachment: Attachment) -> str | None:
    """What to copy: the picture, or the still of moving ones; None where there is none."""
    return (attachment.poster or None) if attachment.kind in _MOVING else attachment.url


def _account_for(message: Message) -> Account | None:
    """Whose token opens it: the account the message came to, else one that saw it, else any of that network."""
    accounts = scoped(Account, message.workspace_id).select_related("app").filter(network=message.network)
    seen = scoped(Sighting, message.workspace_id).filter(message=message, account__isnull=False)
    wanted = message.account_id or seen.values_list("account_id", flat=True).first()
    return accounts.filter(id=wanted or 0).first() or accounts.order_by("id").first()
