"""Uploads in pieces: any order, any size, what X sees in them, what it does to them, and what a kill leaves."""

from __future__ import annotations

import base64
import io

import pytest
import tweepy
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from xdk import Client
from xdk.media.models import (
    AppendUploadRequest,
    CreateMetadataRequest,
    InitializeUploadRequest,
)

from careline_sandbox.rules import uploads, video
from careline_sandbox.wire import errors
from careline_sandbox.world import World, media
from sandbox.films import TURNED, box, film, gif

PIECES = "/2/media/upload"
NOON = 1_790_000_000


@pytest.fixture
def stopped(start_x, tmp_path):
    """A local X of the test's own whose clock stands still, and a function that moves it."""
    local = start_x("--state", str(tmp_path / "x.db"), clock=tmp_path / "clock.json")
    local.control("clock", sim=NOON, rate=0)

    def later(seconds):
        local.control("clock", sim=NOON + seconds)

    return local, later


def begin(person, content, category="tweet_video", **extra):
    body = {"media_category": category, "total_bytes": len(content), **extra}
    response = person.post(f"{PIECES}/initialize", body)
    assert response.status_code == 200, response.text
    return response.json()["data"]["id"]


def append(person, media_id, number, piece):
    return person.client.post(
        f"{PIECES}/{media_id}/append", files={"media": ("blob", piece)}, data={"segment_index": str(number)}
    )


def send(person, content, category="tweet_video", pieces=3):
    """Upload all of it but for the last step."""
    media_id = begin(person, content, category)
    length = -(-len(content) // pieces)
    for number, at in enumerate(range(0, len(content), length)):
        assert append(person, media_id, number, content[at : at + length]).status_code == 200
    return media_id


def finalize(person, media_id):
    return person.client.post(f"{PIECES}/{media_id}/finalize")


def state(person, media_id):
    response = person.get(PIECES, media_id=media_id, command="STATUS")
    assert response.status_code == 200, response.text
    return response.json()["data"]["processing_info"]


def test_a_video_is_pending_then_in_progress_then_usable(stopped):
    x, later = stopped
    person, content = x.person("cust"), film(seconds=7, size=(640, 360))
    media_id = send(person, content)
    done = finalize(person, media_id).json()["data"]
    assert done == {
        "id": media_id,
        "media_key": f"7_{media_id}",
        "size": len(content),
        "expires_after_secs": 86_400,
        "video": {"video_type": "video/mp4"},
        "processing_info": {"state": "pending", "check_after_secs": 1},
    }
    body = {"text": "look", "media": {"media_ids": [media_id]}}
    assert person.post("/2/tweets", body).status_code == 400
    later(2)
    assert state(person, media_id) == {"state": "in_progress", "check_after_secs": 2, "progress_percent": 50}
    assert person.post("/2/tweets", body).status_code == 400
    later(4)
    assert state(person, media_id) == {"state": "succeeded", "progress_percent": 100}
    assert person.post("/2/tweets", body).status_code == 201


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a film at all, though somebody says so", "format"),
        (film(seconds=141), "140 seconds"),
        (film(seconds=0.2), "140 seconds"),
        (film(size=(0, 0)), "format"),
        (film()[:-40], "format"),
        (box(b"ftyp", b"isom") + box(b"moov"), "format"),
    ],
    ids=["text", "too long", "too short", "no picture", "torn", "empty"],
)
def test_what_is_no_video_fails_in_processing_and_stays_unusable(stopped, content, words):
    x, later = stopped
    person = x.person("cust")
    media_id = send(person, content, pieces=1)
    assert finalize(person, media_id).json()["data"]["processing_info"]["state"] == "pending"
    later(60)
    told = state(person, media_id)
    assert (told["state"], told["error"]["name"]) == ("failed", "InvalidMedia")
    assert words in told["error"]["message"]
    body = {"text": "look", "media": {"media_ids": [media_id]}}
    assert person.post("/2/tweets", body).status_code == 400


def test_a_posted_video_has_a_still_variants_and_a_length_and_plays_from_anywhere(stopped):
    x, later = stopped
    person, content = x.person("cust"), film(seconds=9, size=(640, 360), filler=5000)
    media_id = send(person, content, pieces=4)
    finalize(person, media_id)
    assert person.post("/2/media/metadata", {"id": media_id, "metadata": {"alt_text": {"text": "The parcel"}}}).json()
    later(30)
    made = person.says("Look", media={"media_ids": [media_id]})
    query = {
        "expansions": "attachments.media_keys",
        "media.fields": "alt_text,duration_ms,height,preview_image_url,type,url,variants,width",
    }
    (shown,) = person.get(f"/2/tweets/{made['id']}", **query).json()["includes"]["media"]
    url, still = shown["variants"][0]["url"], shown["preview_image_url"]
    assert shown == {
        "media_key": f"7_{media_id}",
        "type": "video",
        "alt_text": "The parcel",
        "duration_ms": 9000,
        "width": 640,
        "height": 360,
        "preview_image_url": still,
        "variants": [{"bit_rate": len(content) * 8 // 9, "content_type": "video/mp4", "url": url}],
    }
    assert Image.open(io.BytesIO(x.http.get(still).content)).size == (640, 360)
    whole = x.http.get(url)
    assert (whole.content, whole.headers["content-type"]) == (content, "video/mp4")
    for header, expected in (
        ("bytes=0-0", content[:1]),
        ("bytes=1300-2700", content[1300:2701]),
        ("bytes=100-", content[100:]),
        ("bytes=-7", content[-7:]),
        ("bytes=5000-999999", content[5000:]),
    ):
        part = x.http.get(url, headers={"range": header})
        assert (part.status_code, part.content) == (206, expected)
        assert part.headers["content-range"].endswith(f"/{len(content)}")
    assert x.http.get(url, headers={"range": f"bytes={len(content)}-"}).status_code == 416
    person.client.delete(f"/2/tweets/{made['id']}")
    assert x.http.get(url).status_code == x.http.get(still).status_code == 404


def test_a_film_made_upright_is_upright_and_quicktime_is_told_from_mp4(stopped):
    x, _later = stopped
    person = x.person("cust")
    media_id = send(person, film(size=(640, 360), matrix=TURNED, brand=b"qt  "))
    assert finalize(person, media_id).json()["data"]["video"] == {"video_type": "video/quicktime"}
    shown = person.get(f"/2/media/7_{media_id}", **{"media.fields": "width,height"}).json()["data"]
    assert (shown["width"], shown["height"]) == (360, 640)


def test_a_gif_moves_too(stopped):
    x, later = stopped
    person, content = x.person("cust"), gif()
    media_id = send(person, content, "tweet_gif")
    done = finalize(person, media_id).json()["data"]
    assert done["image"] == {"image_type": "image/gif", "w": 12, "h": 8}
    assert done["processing_info"]["state"] == "pending"
    later(5)
    made = person.says("ha", media={"media_ids": [media_id]})
    query = {"expansions": "attachments.media_keys", "media.fields": "preview_image_url,type,url,variants"}
    (shown,) = person.get(f"/2/tweets/{made['id']}", **query).json()["includes"]["media"]
    assert shown["type"] == "animated_gif"
    assert "url" not in shown
    assert x.http.get(shown["variants"][0]["url"]).content == content
    assert Image.open(io.BytesIO(x.http.get(shown["preview_image_url"]).content)).format == "JPEG"


def test_a_gif_that_came_whole_has_a_still_as_well_and_a_photo_that_is_a_jpeg_stays_itself(x):
    brand, person = x.person("brand"), x.person("cust")
    content = gif()
    for place, still in (("gif", True), ("image", False)):
        file = content if still else _jpeg()
        told = {"media": ("a", file)}
        done = person.client.post(PIECES, files=told, data={"media_category": f"dm_{place}"}).json()["data"]
        assert "processing_info" not in done
        assert person.writes_to(brand, place, attachments=[{"media_id": done["id"]}]).status_code == 201
        fields = {"expansions": "attachments.media_keys", "media.fields": "preview_image_url,url"}
        (shown, *_) = brand.get("/2/dm_events", **fields).json()["includes"]["media"]
        fetched = brand.client.get(shown["preview_image_url" if still else "url"])
        assert Image.open(io.BytesIO(fetched.content)).format == "JPEG"
        assert (fetched.content == file) is not still


def _jpeg():
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "JPEG")
    return out.getvalue()


def test_a_post_takes_one_moving_thing_alone(stopped):
    x, later = stopped
    person = x.person("cust")
    ids = [send(person, film()), send(person, film())]
    for media_id in ids:
        finalize(person, media_id)
    later(60)
    assert person.post("/2/tweets", {"text": "two", "media": {"media_ids": ids}}).status_code == 400
    assert person.post("/2/tweets", {"text": "one", "media": {"media_ids": ids[:1]}}).status_code == 201


def test_a_message_carries_a_video_to_its_two_people_alone(stopped):
    x, later = stopped
    brand, person, content = x.person("brand"), x.person("cust"), film()
    media_id = send(person, content, "dm_video")
    finalize(person, media_id)
    later(30)
    assert person.writes_to(brand, "see", attachments=[{"media_id": media_id}]).status_code == 201
    fields = {"expansions": "attachments.media_keys", "media.fields": "preview_image_url,variants"}
    (shown,) = brand.get("/2/dm_events", **fields).json()["includes"]["media"]
    still, url = shown["preview_image_url"], shown["variants"][0]["url"]
    dm_id, upload_id, resource = still.rsplit("/", 3)[1:]
    fetched = brand.get(f"/2/dm_conversations/media/{dm_id}/{upload_id}/{resource}")
    assert Image.open(io.BytesIO(fetched.content)).format == "JPEG"
    assert brand.client.get(url).content == content
    assert x.person("nosy").client.get(url).status_code == 404
    assert x.http.get(still).status_code == 401


@pytest.mark.parametrize("numbers", [(0, 2), (1, 2), (0,)], ids=["a hole", "no first", "no last"])
def test_a_missing_piece_is_an_error_and_can_still_be_sent(stopped, numbers):
    x, _ = stopped
    person, content = x.person("cust"), film(filler=300)
    media_id, length = begin(person, content), -(-len(content) // 3)
    pieces = [content[at : at + length] for at in range(0, len(content), length)]
    for number in numbers:
        append(person, media_id, number, pieces[number])
    refused = finalize(person, media_id)
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "Segments do not add up to provided total file size.",
    )
    for number in {0, 1, 2} - set(numbers):
        append(person, media_id, number, pieces[number])
    assert finalize(person, media_id).json()["data"]["size"] == len(content)
    assert finalize(person, media_id).json()["data"]["size"] == len(content), "again is harmless"


def test_a_hole_is_seen_where_no_length_was_announced(stopped):
    x, _ = stopped
    person = x.person("cust")
    media_id = person.post(f"{PIECES}/initialize", {"media_category": "tweet_video"}).json()["data"]["id"]
    for number in (0, 2):
        append(person, media_id, number, film())
    assert finalize(person, media_id).status_code == 400


def test_limits_owners_and_nonsense_are_refused(stopped):
    x, later = stopped
    person, content = x.person("cust"), film()
    for category, size in (("tweet_image", 5_242_881), ("tweet_gif", 15_728_641), ("dm_video", 536_870_913)):
        body = {"media_category": category, "total_bytes": size}
        assert "File size exceeds" in person.post(f"{PIECES}/initialize", body).json()["detail"]
    assert person.post(f"{PIECES}/initialize", {"media_category": "subtitles", "total_bytes": 5}).status_code == 400
    assert person.post(f"{PIECES}/initialize", {"media_category": "dm_gif", "total_bytes": -5}).status_code == 400
    media_id = begin(person, content)
    assert append(person, media_id, 1000, b"x").status_code == 400
    assert append(person, media_id, 0, b"").status_code == 400
    assert append(person, media_id, 0, content + b"x").status_code == 400, "more than was announced"
    assert append(x.person("other"), media_id, 0, content).status_code == 400
    assert finalize(person, "17").status_code == 400
    assert person.get(PIECES, media_id=media_id).status_code == 400, "not finished"
    later(16 * 86_400)
    assert append(x.person("cust"), media_id, 0, content).status_code == 400
    large = begin(x.person("big"), bytes(6_000_000), "dm_video")
    assert append(x.person("big"), large, 0, bytes(5_242_881)).status_code == 400


def test_what_was_acknowledged_survives_a_kill(start_x, tmp_path):
    path, content = str(tmp_path / "x.db"), film(filler=30_000)
    first = start_x("--state", path)
    person = first.person("cust")
    media_id = send(person, content, pieces=7)
    first.process.kill()
    first.process.wait(timeout=10)
    again = start_x("--state", path)
    client = again.bearer(person.tokens["access_token"])
    done = client.post(f"{PIECES}/{media_id}/finalize").json()["data"]
    assert (done["size"], done["processing_info"]["state"]) == (len(content), "pending")
    again.process.kill()
    again.process.wait(timeout=10)
    client = start_x("--state", path).bearer(person.tokens["access_token"])
    told = client.get(PIECES, params={"media_id": media_id}).json()["data"]
    assert told["processing_info"]["state"] in ("pending", "in_progress", "succeeded")


def test_the_older_endpoint_with_a_command_does_the_same(stopped):
    x, _later = stopped
    person, content = x.person("cust"), film()
    told = {"command": "INIT", "media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": len(content)}
    media_id = person.client.post(PIECES, data=told).json()["data"]["id"]
    step = {"command": "APPEND", "media_id": media_id, "segment_index": "0"}
    assert person.client.post(PIECES, data=step, files={"media": ("blob", content)}).status_code == 200
    done = person.client.post(PIECES, data={"command": "FINALIZE", "media_id": media_id}).json()["data"]
    assert done["processing_info"]["state"] == "pending"
    assert person.client.post(PIECES, data={"command": "EAT", "media_id": media_id}).status_code == 400


def test_the_official_client_uploads_describes_and_finds_a_video(stopped):
    x, later = stopped
    person, content = x.person("cust"), film()
    client = Client(base_url=x.url, access_token=person.tokens["access_token"])
    begun = client.media.initialize_upload(
        InitializeUploadRequest(media_category="tweet_video", media_type="video/mp4", total_bytes=len(content))
    )
    media_id, half = begun.data.id, len(content) // 2
    for number, piece in ((1, content[half:]), (0, content[:half])):
        text = base64.b64encode(piece).decode()
        client.media.append_upload(media_id, AppendUploadRequest(media=text, segment_index=number))
    assert client.media.finalize_upload(media_id).data.processing_info.state == "pending"
    told = CreateMetadataRequest(id=media_id, metadata={"alt_text": {"text": "A torn parcel"}})
    assert client.media.create_metadata(told).data.id == media_id
    later(30)
    assert client.media.get_upload_status(media_id, command="STATUS").data.processing_info.state == "succeeded"
    found = client.media.get_by_key(f"7_{media_id}", media_fields=["alt_text", "duration_ms"]).data
    assert (found.alt_text, found.duration_ms) == ("A torn parcel", 7000)
    client.session.close()


@pytest.fixture
def old_api(x):
    """tweepy's client of version 1.1, told another host."""
    opened = []

    def make(person):
        made = x.control("tokens", app_id=person.app["id"], person_id=person.id, kind="oauth1")
        keys = person.app["consumer_key"], person.app["consumer_secret"]
        auth = tweepy.OAuth1UserHandler(*keys, made["oauth_token"], made["oauth_token_secret"])
        api = tweepy.API(auth)
        send = api.session.request

        def request(method, url, **options):
            assert url.startswith(("https://upload.twitter.com/", "https://api.twitter.com/"))
            return send(method, x.url + url[url.index("/1.1/") :], **options)

        api.session.request = request
        opened.append(api)
        return api

    yield make
    for api in opened:
        api.session.close()


def test_tweepy_uploads_a_picture_a_gif_and_a_video_in_pieces(x, old_api):
    person = x.person("cust")
    api, picture = old_api(person), io.BytesIO()
    Image.new("RGB", (3, 2)).save(picture, "PNG")
    one = api.simple_upload("a.png", file=io.BytesIO(picture.getvalue()))
    assert one.image == {"image_type": "image/png", "w": 3, "h": 2}
    api.create_media_metadata(one.media_id, "three dots by two")
    content = film(filler=3000)
    moving = api.chunked_upload(
        "a.mp4",
        file=io.BytesIO(content),
        file_type="video/mp4",
        media_category="tweet_video",
        chunk_size=1000,
        wait_for_async_finalize=False,
    )
    assert (moving.size, moving.processing_info["state"]) == (len(content), "pending")
    assert api.get_media_upload_status(moving.media_id).media_id_string == str(moving.media_id)
    with pytest.raises(tweepy.BadRequest, match="not valid"):
        api.get_media_upload_status(17)
    assert person.says("Look", media={"media_ids": [one.media_id_string]})


cuts = st.lists(st.integers(1, 40), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(lengths=cuts, data=st.data())
def test_pieces_of_any_size_in_any_order_and_again_make_the_same_file(lengths, data):
    """What can be read back, from any place, is what was cut up."""
    total = sum(lengths)
    content = film(filler=max(total - 1, 0))
    cut, at = [], 0
    for length in (*lengths, len(content)):
        if content[at : at + length]:
            cut.append(content[at : at + length])
        at += length
    numbered = list(enumerate(cut))
    arriving = data.draw(st.permutations(numbered + data.draw(st.lists(st.sampled_from(numbered), max_size=4))))
    world = World.connect(":memory:")
    with world.write() as tx:
        uploads.begin(tx, media_id=5, owner_id=1, category="tweet_video", total_bytes=len(content), at_ms=0)
        for number, piece in arriving:
            uploads.append(tx, piece, media_id=5, owner_id=1, segment=number, at_ms=0)
        uploads.finish(tx, media_id=5, owner_id=1, at_ms=0)
        assert media.content(tx, 5) == ("video/mp4", content)
    world.close()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader_of_videos(noise):
    for content in (noise, box(b"ftyp", b"isom") + noise, box(b"ftyp") + box(b"moov", noise)):
        try:
            video.look_at(lambda start, length, text=content: text[start : start + length], len(content))
        except video.NotAVideo:
            continue


def test_a_session_takes_no_more_than_its_kind_may_have():
    world = World.connect(":memory:")
    with world.write() as tx:
        uploads.begin(tx, media_id=5, owner_id=1, category="tweet_image", at_ms=0)
        uploads.append(tx, bytes(5_000_000), media_id=5, owner_id=1, segment=0, at_ms=0)
        with pytest.raises(errors.Problem):
            uploads.append(tx, bytes(5_000_000), media_id=5, owner_id=1, segment=1, at_ms=0)
    world.close()
