"""Pictures in words and videos: what somebody attaches on the pages reaches the API, and plays."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from sandbox.films import film, gif
from sandbox.served import Served
from support.axe import assert_accessible

Browser = Callable[..., httpx.Client]
Open = Callable[..., Page]
FIELDS = {"expansions": "attachments.media_keys", "media.fields": "alt_text,url,variants,preview_image_url,duration_ms"}


def picture(colour: tuple[int, int, int] = (200, 60, 30), kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(held, kind)
    return held.getvalue()


def media_of(x: Served, post_id: str) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = x.person().get(f"/2/tweets/{post_id}", **FIELDS).json()["includes"]["media"]
    return shown


def fetched(x: Served, url: object) -> httpx.Response:
    return httpx.get(re.sub("https?://[^/]+", x.url, str(url)))


def test_each_picture_is_said_in_its_own_words(x: Served, browse: Browser) -> None:
    page = browse(x.person("jana").id).post(
        "/compose/post",
        data={"text": "look", "alt": ["a torn box", "its <label>"]},
        files=[("pictures", ("a.png", picture(), "image/png")), ("pictures", ("b.png", picture(), "image/png"))],
    )
    assert 'alt="a torn box"' in page.text and 'alt="its &lt;label&gt;"' in page.text
    shown = media_of(x, page.url.path.rpartition("/")[2])
    assert [one["alt_text"] for one in shown] == ["a torn box", "its <label>"]


def test_a_video_plays_and_shows_the_first_picture_that_came_with_it(x: Served, browse: Browser) -> None:
    still = picture((10, 200, 10), "JPEG")
    page = browse(x.person("jana").id).post(
        "/compose/post",
        data={"text": "it rattles", "alt": "a rattling box"},
        files=[("pictures", ("a.mp4", film(), "video/mp4")), ("still", ("still.jpg", still, "image/jpeg"))],
    )
    assert "<video" in page.text and 'aria-label="a rattling box"' in page.text
    (shown,) = media_of(x, page.url.path.rpartition("/")[2])
    assert (shown["type"], shown["duration_ms"]) == ("video", 7000)
    assert fetched(x, shown["preview_image_url"]).content == still
    assert fetched(x, shown["variants"][0]["url"]).content == film()  # type: ignore[index]


@pytest.mark.parametrize("still", [b"", b"no picture"])
def test_a_video_without_a_usable_still_gets_a_card(x: Served, browse: Browser, still: bytes) -> None:
    files = [("pictures", ("a.mp4", film(), "video/mp4")), ("still", ("still.jpg", still, "image/jpeg"))]
    page = browse(x.person("jana").id).post("/compose/post", data={"text": "it rattles"}, files=files)
    (shown,) = media_of(x, page.url.path.rpartition("/")[2])
    assert Image.open(io.BytesIO(fetched(x, shown["preview_image_url"]).content)).format == "JPEG"


def test_a_private_video_is_for_its_two_people_alone(x: Served, browse: Browser) -> None:
    one, other, third = x.person("one"), x.person("other"), x.person("third")
    files = [("pictures", ("a.mp4", film(), "video/mp4"))]
    page = browse(one.id).post("/messages/send", data={"recipient_id": other.id, "text": "listen"}, files=files)
    for kind in ("media", "still"):
        path = re.search(rf"/_site/messages/[0-9]+/{kind}", page.text)
        assert path and browse(other.id).get(path[0]).status_code == 200
        assert browse(third.id).get(path[0]).status_code == 404
    part = browse(other.id).get(
        re.search(r"/_site/messages/[0-9]+/media", page.text)[0], headers={"range": "bytes=4-7"}
    )  # type: ignore[index]
    assert (part.status_code, part.content) == (206, b"ftyp")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([film(), picture()], "four photos, or one GIF or video"),
        ([film(seconds=200)], "140 seconds"),
        ([gif()] * 2, "one GIF"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(
    x: Served, browse: Browser, files: list[bytes], said: str
) -> None:
    sent = [("pictures", ("a", content, "application/octet-stream")) for content in files]
    page = browse(x.person().id).post("/compose/post", data={"text": "look"}, files=sent)
    assert page.status_code == 422 and said in page.text


def test_the_browser_asks_what_each_file_shows(x: Served, visit: Open) -> None:
    page = visit(x.person("jana").id)
    page.goto("/compose/post")
    page.get_by_label("Everyone can read this").fill("look at this")
    page.get_by_label("Add up to 4 photos").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": picture()} for name in ("box.png", "label.png")]
    )
    page.get_by_label("What box.png shows").fill("a torn box")
    page.get_by_label("What label.png shows").fill("the label")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_alt_text("a torn box")).to_be_visible()
    expect(page.get_by_alt_text("the label")).to_be_visible()


# A real film, made by the browser itself from a green canvas, and put where the person's choice would be.
_RECORD = """async () => {
  const kinds = ["video/mp4;codecs=avc1.42E01E", "video/mp4;codecs=vp9", "video/mp4"];
  const kind = kinds.find((one) => MediaRecorder.isTypeSupported(one));
  if (!kind) return "";
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const pen = canvas.getContext("2d");
  const film = new MediaRecorder(canvas.captureStream(20), { mimeType: kind });
  const parts = [];
  film.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise((done) => (film.onstop = done));
  film.start();
  for (let at = 0; at < 30; at++) {
    pen.fillStyle = at % 2 ? "rgb(0,180,0)" : "rgb(0,181,0)";
    pen.fillRect(0, 0, 320, 180);
    await new Promise((done) => setTimeout(done, 50));
  }
  film.stop();
  await ended;
  const held = new DataTransfer();
  held.items.add(new File(parts, "film.mp4", { type: "video/mp4" }));
  const input = document.querySelector(".attach input");
  input.files = held.files;
  input.dispatchEvent(new Event("change"));
  return kind;
}"""

_TAKEN = """async () => {
  const field = document.querySelector("[name=still]");
  const end = performance.now() + 20000;
  while (!field.files.length && performance.now() < end) await new Promise((done) => setTimeout(done, 50));
  return field.files.length ? [...new Uint8Array(await field.files[0].arrayBuffer())] : [];
}"""


def test_the_browser_draws_a_video_s_first_picture(x: Served, visit: Open) -> None:
    page = visit(x.person("jana").id)
    page.goto("/compose/post")
    if not page.evaluate(_RECORD):
        pytest.skip("this browser records no MP4")
    taken = bytes(page.evaluate(_TAKEN))
    assert taken, "the browser drew nothing"
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    red, green, blue = image.getpixel((160, 90))  # type: ignore[misc]
    assert image.size == (320, 180) and green > 120 and red < 60 and blue < 60
