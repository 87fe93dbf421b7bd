"""That the other sees me typing: at most once in a while, for a moment, and not if they are closed to me."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.desk import desk_in
from sandbox.receiver import Receiver, receiving
from sandbox.served import Served

Browser = Callable[..., httpx.Client]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def frozen(start_x: Callable[..., Served], tmp_path: Path) -> Served:
    """A local X whose time stands still until it is moved."""
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"anchor_real": 0, "anchor_sim": 1_790_000_000, "rate": 0}))
    return start_x(clock=clock)


def conversation(one: str, other: str) -> str:
    return "/messages/" + "-".join(sorted((one, other), key=int))


def test_a_desk_is_told_as_x_tells_it_once_in_a_while(x: Served, browse: Browser, receiver: Receiver) -> None:
    desk, jana = desk_in(x, receiver).cares(["dm.indicate_typing"]), x.person("jana")
    typing = f"{conversation(jana.id, desk.brand.id)}/typing"
    for _ in range(3):
        assert browse(jana.id).post(typing).status_code == 204
    (event,) = desk.told()
    (typed,) = event["payload"]["direct_message_indicate_typing_events"]
    assert (typed["sender_id"], typed["target"]) == (jana.id, {"recipient_id": desk.brand.id})
    assert set(event["payload"]["users"]) == {jana.id, desk.brand.id}


def test_the_other_sees_it_until_it_stops_or_the_message_comes(frozen: Served, browse: Browser) -> None:
    one, other = frozen.person("one"), frozen.person("other")
    path = conversation(one.id, other.id)
    mine, theirs = browse(one.id, at=frozen), browse(other.id, at=frozen)
    mine.post(f"{path}/typing")
    assert "is typing" in theirs.get(path).text and "is typing" not in mine.get(path).text
    frozen.control("clock", sim=1_790_000_007)
    assert "is typing" not in theirs.get(path).text
    mine.post(f"{path}/typing")
    assert "is typing" in theirs.get(path).text
    mine.post("/messages/send", data={"recipient_id": other.id, "text": "hello"})
    assert "is typing" not in theirs.get(path).text


def test_who_was_blocked_types_unseen(x: Served, browse: Browser) -> None:
    one, other, third = x.person("one"), x.person("other"), x.person("third")
    path = conversation(one.id, other.id)
    browse(other.id).post(f"/i/block/{one.username}", data={"block": "1"})
    assert browse(one.id).post(f"{path}/typing").status_code == 204
    assert "is typing" not in browse(other.id).get(path).text
    assert browse(third.id).post(f"{path}/typing").status_code == 404
