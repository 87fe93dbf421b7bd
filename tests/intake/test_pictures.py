"""Customers' pictures are copied at once, and go when their message goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actions.network import dm, gone, hear
from careline.channels.base import HttpCall, HttpReply, NoReply, Reply, Steps
from careline.channels.x.channel import XChannel
from careline.domain.facts import Media
from careline.engines.blobs_disk import DiskBlobs
from careline.intake.pictures import Pictures
from careline.store.models import Account, Attachment
from careline.store.scoped import scoped
from intake.test_safe_image import encoded
from support.databases import both_databases

pytestmark = [pytest.mark.django_db, both_databases]
PHOTO = encoded("JPEG")


class Network:
    """Answers a channel's calls; `answer` is given each call."""

    def __init__(self) -> None:
        self.answer: Callable[[HttpCall], Reply] = lambda _: HttpReply(200, {"content-type": "image/jpeg"}, PHOTO)
        self.calls: list[tuple[int, HttpCall]] = []

    def perform(self, account: Account, steps: Steps[Any]) -> Any:
        call = next(steps)
        while True:
            self.calls.append((account.id, call))
            try:
                call = steps.send(self.answer(call))
            except StopIteration as end:
                return end.value


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "blobs")


@pytest.fixture
def pictures(database: Any, desk: Any, blobs: DiskBlobs, network: Network) -> Pictures:
    return Pictures(desk=desk, blobs=blobs, channel_of=lambda _: XChannel(), perform=network.perform)


@pytest.fixture
def send(database: Any, desk: Any, workspace: Any, account: Any) -> Callable[..., None]:
    """A customer sends a private message with one medium."""

    def send(number: int, kind: str = "photo", url: str = "", poster: str = "") -> None:
        address = url or f"https://ton.twitter.com/1.1/ton/data/dm/{number}/77/a.jpg"
        fact = dm(number, "501", account.network_id)
        hear(
            desk,
            workspace,
            type(fact)(**{**_fields(fact), "media": (Media(str(number), kind, address, poster=poster),)}),
        )

    return send


def _fields(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__dataclass_fields__}


def only(workspace: Any) -> Attachment:
    return scoped(Attachment, workspace.id).get()


def files(blobs: DiskBlobs) -> list[Path]:
    return [path for path in blobs._folder.rglob("*") if path.is_file()]


def test_a_private_photo_is_fetched_with_the_accounts_token_and_kept(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any, account: Any, blobs: DiskBlobs
) -> None:
    send(9)
    assert pictures.step() == 1
    kept = only(workspace)
    assert (kept.state, kept.width, kept.height, kept.reason) == ("kept", 40, 30, "")
    assert (blobs.get(kept.blob) or b"")[:3] == b"\xff\xd8\xff"
    assert kept.blob.startswith(f"{workspace.id}/")
    ((by, call),) = network.calls
    assert (by, call.path) == (account.id, "/2/dm_conversations/media/9/77/a.jpg")
    assert pictures.step() == 0


@pytest.mark.parametrize("kind", ["video", "animated_gif"])
def test_of_moving_pictures_the_still_is_kept_and_nothing_else_is_asked_for(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any, kind: str
) -> None:
    send(9, kind, poster="https://pbs.twimg.com/still.jpg")
    pictures.step()
    assert only(workspace).state == "kept"
    assert [call.path for _, call in network.calls] == ["https://pbs.twimg.com/still.jpg"]


@pytest.mark.parametrize("kind", ["video", "animated_gif"])
def test_moving_pictures_without_a_still_are_left_at_x_in_words(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any, kind: str
) -> None:
    send(9, kind)
    pictures.step()
    assert (only(workspace).state, only(workspace).reason) == ("failed", "X gave no still picture of it.")
    assert network.calls == []


def test_what_only_calls_itself_a_picture_is_not_kept(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any, blobs: DiskBlobs
) -> None:
    network.answer = lambda _: HttpReply(200, {"content-type": "image/png"}, b"<html><script>alert(1)</script>")
    send(9)
    pictures.step()
    assert only(workspace).state == "failed"
    assert "no picture" in only(workspace).reason
    assert files(blobs) == []


def test_a_lost_network_is_tried_again_with_growing_pauses_and_not_for_ever(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any, clock: Any
) -> None:
    network.answer = lambda _: NoReply(left=False, detail="ConnectError: no route")
    send(9)
    waits = []
    while only(workspace).state == "wanted":
        assert pictures.step() == 1
        waits.append(only(workspace).not_before_ms - clock.now_ms())
        assert only(workspace).state == "failed" or pictures.step() == 0
        clock.advance(max(waits[-1], 0))
    assert (only(workspace).state, len(waits)) == ("failed", 8)
    assert waits[0] < waits[1] < waits[2] < waits[3] <= 3_600_000 * 1.2
    assert "no route" in only(workspace).reason


def test_a_rate_limit_is_waited_out_and_costs_no_try(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any, clock: Any
) -> None:
    reset_s = clock.now_ms() // 1000 + 600
    limits = {"x-rate-limit-limit": "1", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset_s)}
    network.answer = lambda _: HttpReply(429, limits, b"")
    send(9)
    pictures.step()
    assert (only(workspace).state, only(workspace).tries, only(workspace).not_before_ms) == (
        "wanted",
        0,
        reset_s * 1000,
    )
    network.answer = Network().answer
    clock.advance(seconds=601)
    pictures.step()
    assert only(workspace).state == "kept"


def test_a_full_disk_is_waited_out(
    pictures: Pictures, send: Callable[..., None], workspace: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    send(9)
    with monkeypatch.context() as fault:
        fault.setattr(DiskBlobs, "put", full)
        pictures.step()
    assert (only(workspace).state, only(workspace).tries) == ("wanted", 0)
    clock.advance(minutes=2)
    pictures.step()
    assert only(workspace).state == "kept"


def test_one_that_breaks_its_reader_does_not_stop_the_others(
    pictures: Pictures, send: Callable[..., None], network: Network, workspace: Any
) -> None:
    def answer(call: HttpCall) -> Reply:
        if "/9/" in call.path:
            raise ZeroDivisionError
        return HttpReply(200, {}, PHOTO)

    network.answer = answer
    send(9)
    send(10)
    assert pictures.step() == 2
    assert dict(scoped(Attachment, workspace.id).values_list("key", "state")) == {"9": "wanted", "10": "kept"}


def test_a_picture_deleted_while_it_was_fetched_leaves_nothing(
    pictures: Pictures, send: Callable[..., None], network: Network, desk: Any, workspace: Any, blobs: DiskBlobs
) -> None:
    def deleted_meanwhile(_: HttpCall) -> Reply:
        hear(desk, workspace, gone(9, "dm"))
        return HttpReply(200, {}, PHOTO)

    send(9)
    network.answer = deleted_meanwhile
    pictures.step()
    assert (only(workspace).state, only(workspace).blob, files(blobs)) == ("gone", "", [])


def test_a_deleted_messages_picture_goes_unless_another_message_shows_the_same(
    pictures: Pictures, send: Callable[..., None], desk: Any, workspace: Any, blobs: DiskBlobs
) -> None:
    send(9)
    send(10)
    pictures.step()
    assert len(files(blobs)) == 1, "the same bytes are kept once"
    hear(desk, workspace, gone(9, "dm"))
    pictures.sweep()
    assert len(files(blobs)) == 1
    hear(desk, workspace, gone(10, "dm"))
    pictures.sweep()
    assert files(blobs) == []
    assert set(scoped(Attachment, workspace.id).values_list("blob", flat=True)) == {""}
