"""Changing a post as X has it: a new id for each version, one place in every list, and an end to it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from sandbox.desk import desk_in
from sandbox.receiver import Receiver, receiving
from sandbox.served import Person, Served

Browser = Callable[..., httpx.Client]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def edit(browser: httpx.Client, post_id: str, text: str) -> str:
    """Change a post and return the id of its new version."""
    page = browser.post(f"/i/edit/{post_id}", data={"text": text})
    assert page.status_code == 200, page.text
    return page.url.path.rpartition("/")[2]


def looked_up(person: Person, post_id: str) -> dict[str, object]:
    fields = "edit_controls,conversation_id,attachments"
    shown: dict[str, object] = person.get(f"/2/tweets/{post_id}", **{"tweet.fields": fields}).json()["data"]
    return shown


def test_each_version_has_an_id_and_knows_all_of_them(x: Served, browse: Browser) -> None:
    jana = x.person("jana")
    first = jana.says("my parcle")["id"]
    second = edit(browse(jana.id), first, "my parcel")
    old, new = looked_up(jana, first), looked_up(jana, second)
    assert (old["text"], new["text"]) == ("my parcle", "my parcel")
    assert old["edit_history_tweet_ids"] == new["edit_history_tweet_ids"] == [first, second]
    assert old["edit_controls"] == new["edit_controls"]
    assert new["edit_controls"]["edits_remaining"] == 4  # type: ignore[index]
    assert new["conversation_id"] == first


def test_lists_hold_only_the_newest_version(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand"), x.person("jana")
    first = jana.says(f"@{brand.username} where is my parcle")["id"]
    second = edit(browse(jana.id), first, f"@{brand.username} where is my parcel")
    for path in (f"/2/users/{brand.id}/mentions", f"/2/users/{jana.id}/tweets"):
        assert [post["id"] for post in brand.get(path).json()["data"]] == [second]
    home = browse(brand.id).get("/home").text
    assert f'id="post-{second}"' in home and f'id="post-{first}"' not in home and "Edited" in home


def test_the_business_is_told_of_the_new_version(x: Served, browse: Browser, receiver: Receiver) -> None:
    desk, jana = desk_in(x, receiver).cares(["post.mention.create"]), x.person("jana")
    first = jana.says(f"@{desk.brand.username} my parcle")["id"]
    second = edit(browse(jana.id), first, f"@{desk.brand.username} my parcel")
    payloads = {event["payload"]["id"]: event["payload"] for event in desk.told()}
    assert set(payloads) == {first, second}
    assert payloads[second]["edit_history_tweet_ids"] == [first, second]
    assert payloads[second]["text"].endswith("my parcel")


def test_answers_to_the_earlier_version_stay_with_the_post(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand"), x.person("jana")
    first = jana.says("my parcle")["id"]
    brand.answers(first, "we look into it")
    browser = browse(jana.id)
    second = edit(browser, first, "my parcel")
    page = browser.get(f"/i/status/{second}").text
    assert "we look into it" in page and "What it said before (1)" in page and "my parcle" in page
    assert "Read the newest version" in browser.get(f"/i/status/{first}").text


def test_deleting_an_edited_post_takes_all_versions(x: Served, browse: Browser) -> None:
    jana = x.person("jana")
    first = jana.says("one")["id"]
    browser = browse(jana.id)
    second = edit(browser, first, "two")
    browser.post(f"/i/delete/{second}")
    assert {first, second} <= set(x.state()["deleted_posts"])


def test_after_five_changes_it_stays_as_it_is(x: Served, browse: Browser) -> None:
    jana = x.person("jana")
    browser, post_id = browse(jana.id), jana.says("change 0")["id"]
    for number in range(1, 6):
        post_id = edit(browser, post_id, f"change {number}")
    assert looked_up(jana, post_id)["edit_controls"]["edits_remaining"] == 0  # type: ignore[index]
    refused = browser.post(f"/i/edit/{post_id}", data={"text": "change 6"})
    assert refused.status_code == 422 and "can no longer be changed" in refused.text and "change 6" in refused.text
    assert f"/i/edit/{post_id}" not in browser.get(f"/i/status/{post_id}").text


def test_after_an_hour_it_stays_as_it_is(start_x: Callable[..., Served], browse: Browser, tmp_path: Path) -> None:
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"anchor_real": 0, "anchor_sim": 1_790_000_000, "rate": 0}))
    local = start_x(clock=clock)
    jana = local.person("jana")
    first = jana.says("early")["id"]
    browser = browse(jana.id, at=local)
    local.control("clock", sim=1_790_000_000 + 3_599)
    second = edit(browser, first, "just in time")
    local.control("clock", sim=1_790_000_000 + 3_600)
    assert browser.post(f"/i/edit/{second}", data={"text": "late"}).status_code == 422


def test_nobody_changes_an_answer_to_others_an_old_version_or_a_stranger_s_post(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand"), x.person("jana")
    post = jana.says("hello")["id"]
    answer = brand.answers(post, "hello to you").json()["data"]["id"]
    assert browse(brand.id).get(f"/i/edit/{answer}").status_code == 422
    assert browse(brand.id).post(f"/i/edit/{post}", data={"text": "taken over"}).status_code == 404
    edit(browse(jana.id), post, "hello again")
    assert browse(jana.id).post(f"/i/edit/{post}", data={"text": "a second branch"}).status_code == 422


def test_pictures_stay(x: Served, browse: Browser) -> None:
    jana = x.person("jana")
    browser, held = browse(jana.id), io.BytesIO()
    Image.new("RGB", (40, 30), (200, 60, 30)).save(held, "PNG")
    page = browser.post("/compose/post", data={"text": "loook"}, files={"pictures": ("a.png", held.getvalue())})
    first = page.url.path.rpartition("/")[2]
    second = edit(browser, first, "look")
    assert looked_up(jana, second)["attachments"] == looked_up(jana, first)["attachments"]


def test_a_refused_change_keeps_what_was_written(x: Served, browse: Browser) -> None:
    jana = x.person("jana")
    post = jana.says("short")["id"]
    refused = browse(jana.id).post(f"/i/edit/{post}", data={"text": "x" * 281})
    assert refused.status_code == 422 and "longer than 280" in refused.text and "x" * 281 in refused.text
