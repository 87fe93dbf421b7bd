"""Images: upload in one shot, use in posts and messages, and who may fetch them."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image


def picture(kind="PNG", size=(3, 2)):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind)
    return out.getvalue()


def upload(person, content=None, category="tweet_image", **extra):
    files = {"media": ("picture", picture() if content is None else content, "application/octet-stream")}
    return person.client.post("/2/media/upload", files=files, data={"media_category": category, **extra})


@pytest.fixture
def brand(x):
    return x.person("brand")


@pytest.fixture
def customer(x):
    return x.person("cust")


def test_an_upload_answers_with_what_x_saw(customer):
    content = picture("JPEG", (40, 30))
    response = upload(customer, content)
    assert response.status_code == 200, response.text
    data = response.json()["data"]
    assert data == {
        "id": data["id"],
        "media_key": f"3_{data['id']}",
        "size": len(content),
        "expires_after_secs": 86_400,
        "image": {"image_type": "image/jpeg", "w": 40, "h": 30},
    }


def test_json_with_base64_works_as_well(customer):
    body = {"media": base64.b64encode(picture()).decode(), "media_category": "dm_image"}
    assert customer.post("/2/media/upload", body).status_code == 200
    assert customer.post("/2/media/upload", {**body, "media": "not base64!"}).status_code == 400


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "tweet_image"),
        (b"", "tweet_image"),
        (picture()[:-20], "tweet_image"),
        (picture("BMP"), "tweet_image"),
        (picture(), "tweet_gif"),
        (picture(), "subtitles"),
        (picture(), "holiday"),
        (picture() + b"\0" * 5_300_000, "dm_image"),
    ],
    ids=["svg", "empty", "torn", "bmp", "no gif", "subtitles", "unknown", "6 MB"],
)
def test_what_is_no_image_that_x_takes_is_refused(customer, content, category):
    assert upload(customer, content, category).status_code == 400


def test_a_post_shows_its_image_to_everybody(customer, x):
    content = picture("PNG", (5, 5))
    media_id = upload(customer, content).json()["data"]["id"]
    made = customer.says("Look", media={"media_ids": [media_id]})
    query = {
        "tweet.fields": "attachments,entities",
        "expansions": "attachments.media_keys",
        "media.fields": "url,width,height",
    }
    body = customer.get(f"/2/tweets/{made['id']}", **query).json()
    assert body["data"]["attachments"] == {"media_keys": [f"3_{media_id}"]}
    (shown,) = body["includes"]["media"]
    assert (shown["type"], shown["width"], shown["height"]) == ("photo", 5, 5)
    assert shown["url"].startswith(f"{x.url}/media/")
    link = body["data"]["entities"]["urls"][0]
    assert made["text"] == f"Look {link['url']}"
    assert link["media_key"] == f"3_{media_id}"
    fetched = x.http.get(shown["url"])
    assert (fetched.content, fetched.headers["content-type"]) == (content, "image/png")
    customer.client.delete(f"/2/tweets/{made['id']}")
    assert x.http.get(shown["url"]).status_code == 404


def test_an_image_nobody_posted_is_not_public(customer, x):
    media_id = upload(customer).json()["data"]["id"]
    assert x.http.get(f"/media/3_{media_id}.png").status_code == 404


def test_a_message_shows_its_image_to_its_two_people_by_both_addresses(brand, customer, x):
    content = picture("PNG", (7, 7))
    media_id = upload(customer, content, "dm_image").json()["data"]["id"]
    sent = customer.writes_to(brand, "my receipt", attachments=[{"media_id": media_id}])
    assert sent.status_code == 201, sent.text
    fields = {"dm_event.fields": "attachments", "expansions": "attachments.media_keys", "media.fields": "url"}
    body = brand.get("/2/dm_events", **fields).json()
    assert body["data"][0]["attachments"] == {"media_keys": [f"3_{media_id}"]}
    url = body["includes"]["media"][0]["url"]
    dm_id, upload_id, resource = url.rsplit("/", 3)[1:]
    path = f"/2/dm_conversations/media/{dm_id}/{upload_id}/{resource}"
    fetched = brand.get(path)
    assert (fetched.content, fetched.headers["content-type"]) == (content, "application/octet-stream")
    assert brand.get(path.removesuffix(".png")).content == content
    assert brand.client.get(url).content == content
    stranger = x.person("nosy")
    assert stranger.get(path).status_code == 404
    assert stranger.client.get(url).status_code == 404
    assert x.http.get(url).status_code == 401
    assert x.http.get(f"/media/3_{media_id}.png").status_code == 404


def test_a_message_may_be_an_image_alone(brand, customer):
    media_id = upload(customer, category="dm_image").json()["data"]["id"]
    path = f"/2/dm_conversations/with/{brand.id}/messages"
    assert customer.post(path, {"attachments": [{"media_id": media_id}]}).status_code == 201


def test_only_owners_may_use_an_image_and_only_for_what_it_was_uploaded_for(brand, customer):
    for_post = upload(customer).json()["data"]["id"]
    for_message = upload(customer, category="dm_image").json()["data"]["id"]
    refused = brand.post("/2/tweets", {"text": "not mine", "media": {"media_ids": [for_post]}})
    assert refused.status_code == 400
    assert customer.post("/2/tweets", {"text": "wrong", "media": {"media_ids": [for_message]}}).status_code == 400
    assert customer.writes_to(brand, "wrong", attachments=[{"media_id": for_post}]).status_code == 400
    shared = upload(customer, additional_owners=brand.id).json()["data"]["id"]
    assert brand.says("ours", media={"media_ids": [shared]})


def test_an_image_expires_after_a_day(start_x, tmp_path):
    local = start_x(clock=tmp_path / "clock.json")
    local.control("clock", sim=1_790_000_000, rate=0)
    person = local.person("cust")
    media_id = upload(person).json()["data"]["id"]
    local.control("clock", sim=1_790_000_000 + 86_401)
    token = local.control("tokens", app_id=person.app["id"], person_id=person.id)["access_token"]
    body = {"text": "late", "media": {"media_ids": [media_id]}}
    assert local.bearer(token).post("/2/tweets", json=body).status_code == 400


def test_everybody_has_a_portrait_that_can_be_fetched(customer, x):
    user = customer.get("/2/users/me", **{"user.fields": "profile_image_url"}).json()["data"]
    fetched = x.http.get(user["profile_image_url"])
    assert fetched.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(fetched.content)).size == (48, 48)
