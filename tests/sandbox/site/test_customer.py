"""Being a customer on the pages of the local X, without scripts: every form over real HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from sandbox.served import Served

Browser = Callable[..., httpx.Client]


def picture(kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 60, 30)).save(held, kind)
    return held.getvalue()


def test_a_browser_that_is_nobody_yet_is_asked_and_led_back(x: Served, browse: Browser) -> None:
    browser = browse()
    asked = browser.get("/messages?from=link")
    assert "Who are you?" in asked.text and 'value="/messages?from=link"' in asked.text
    made = browser.post("/i/people", data={"name": "Jana Example", "next": "/messages?from=link"})
    assert made.url.path == "/messages" and "@jana_example" in made.text


def test_a_taken_username_is_refused_with_a_free_one(x: Served, browse: Browser) -> None:
    taken = x.person("taken").username
    refused = browse().post("/i/people", data={"name": "Taken", "username": taken.upper()})
    assert refused.status_code == 422 and "is taken. Free is: @taken" in refused.text


@pytest.mark.parametrize("username", ["home", "I", "with space", "sixteen_letters_", "ümlaut"])
def test_a_username_that_is_a_page_or_none_at_x_is_refused(x: Served, browse: Browser, username: str) -> None:
    assert browse().post("/i/people", data={"name": "Someone", "username": username}).status_code == 422


def test_a_post_with_a_picture_reaches_the_business_as_the_api_shows_it(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand", verified_type="business"), x.person("jana")
    page = browse(jana.id).post(
        "/compose/post",
        data={"text": f"@{brand.username} my parcel is broken"},
        files=[("pictures", ("box.png", picture(), "image/png"))],
    )
    assert page.status_code == 200 and "my parcel is broken" in page.text
    seen = brand.get(f"/2/users/{brand.id}/mentions", expansions="attachments.media_keys", **{"media.fields": "url"})
    url = seen.json()["includes"]["media"][0]["url"]
    assert httpx.get(url.replace(re.match(r"https?://[^/]+", url)[0], x.url)).content == picture()  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "files", "said"),
    [
        ("x" * 281, [], "longer than 280"),
        ("", [], "Write something"),
        ("look", [("pictures", ("a.png", b"no picture", "image/png"))], "not a picture"),
        ("look", [("pictures", ("a.png", picture(), "image/png"))] * 5, "up to four"),
    ],
)
def test_a_refused_post_says_why_and_keeps_the_text(
    x: Served, browse: Browser, text: str, files: list[tuple[str, tuple[str, bytes, str]]], said: str
) -> None:
    page = browse(x.person().id).post("/compose/post", data={"text": text}, files=files or None)
    assert page.status_code == 422 and said in page.text and text in page.text


def test_a_link_to_a_private_message_becomes_a_button_and_ends_in_the_message(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand"), x.person("jana")
    asked = jana.says(f"@{brand.username} help")
    link = f"https://x.com/messages/compose?recipient_id={brand.id}&text={quote('My order number: ')}"
    answer = brand.answers(asked["id"], "Let us talk in private", direct_message_deep_link=link).json()["data"]
    browser = browse(jana.id)
    page = browser.get(f"/i/status/{answer['id']}")
    assert "Send a private message" in page.text and "recipient_id=" not in re.sub(r'href="[^"]*"', "", page.text)
    target = next(part for part in re.findall(r'href="([^"]*)"', page.text) if "/messages/compose" in part)
    compose = browser.get(target.replace("&amp;", "&"))
    assert "My order number: </textarea>" in compose.text and "Let us talk in private" in compose.text
    sent = browser.post(
        "/messages/send",
        data={"recipient_id": brand.id, "text": "My order number: 4711"},
        files=[("pictures", ("box.jpg", picture("JPEG"), "image/jpeg"))],
    )
    assert "My order number: 4711" in sent.text
    events = brand.get("/2/dm_events", **{"dm_event.fields": "sender_id,text,attachments"}).json()["data"]
    assert events[0]["sender_id"] == jana.id and events[0]["attachments"]["media_keys"]


def test_seen_stands_below_what_the_other_has_opened(x: Served, browse: Browser) -> None:
    one, other = x.person("one"), x.person("other")
    mine, theirs = browse(one.id), browse(other.id)
    sent = mine.post("/messages/send", data={"recipient_id": other.id, "text": "hello"})
    assert ">Seen<" not in sent.text
    assert '1<span class="unseen"> unread' in theirs.get("/messages").text
    theirs.get(sent.url.path)
    assert "unread</span>" not in theirs.get("/messages").text
    assert ">Seen<" in mine.get(sent.url.path).text


def test_a_message_deleted_for_me_stays_with_the_other(x: Served, browse: Browser) -> None:
    one, other = x.person("one"), x.person("other")
    mine = browse(one.id)
    sent = mine.post("/messages/send", data={"recipient_id": other.id, "text": "a slip"})
    path = re.search(r"/messages/[0-9]+/delete", sent.text)
    assert path and "a slip" not in mine.post(path[0]).text
    assert "a slip" in browse(other.id).get(sent.url.path).text


def test_who_is_no_part_of_a_conversation_sees_none_of_it(x: Served, browse: Browser) -> None:
    one, other, third = x.person(), x.person(), x.person()
    sent = browse(one.id).post(
        "/messages/send",
        data={"recipient_id": other.id, "text": "between us"},
        files=[("pictures", ("a.png", picture(), "image/png"))],
    )
    image = re.search(r"/_site/messages/[0-9]+/media", sent.text)
    assert image and browse(other.id).get(image[0]).content == picture()
    assert browse(third.id).get(image[0]).status_code == 404
    assert browse(third.id).get(sent.url.path).status_code == 404


def test_blocking_and_closed_messages_end_what_the_business_may_write(x: Served, browse: Browser) -> None:
    brand, jana, shy = x.person("brand"), x.person("jana"), x.person("shy")
    browse(jana.id).post(f"/i/block/{brand.username}", data={"block": "1", "report": "1"})
    browse(shy.id).post("/settings", data={"name": "Shy", "dm_from": "none"})
    assert brand.writes_to(jana, "hello?").status_code == 403
    assert brand.writes_to(shy, "hello?").status_code == 403
    browse(jana.id).post(f"/i/block/{brand.username}", data={"undo": "1"})
    assert brand.writes_to(jana, "hello again").status_code == 201


def test_only_my_own_posts_can_be_deleted(x: Served, browse: Browser) -> None:
    jana, other = x.person("jana"), x.person("other")
    post = jana.says("I take it back")
    assert browse(other.id).post(f"/i/delete/{post['id']}").status_code == 404
    browser = browse(jana.id)
    assert "Delete this post?" in browser.get(f"/i/delete/{post['id']}").text
    browser.post(f"/i/delete/{post['id']}")
    assert post["id"] in x.state()["deleted_posts"]


def test_notices_are_new_until_they_are_looked_at(x: Served, browse: Browser) -> None:
    brand, jana = x.person("brand"), x.person("jana")
    brand.answers(jana.says(f"@{brand.username} help")["id"], "Of course")
    browser = browse(jana.id)
    assert "new: " in browser.get("/home").text
    assert f"@{brand.username} answered you" in browser.get("/notifications").text
    assert "new: " not in browser.get("/home").text


@pytest.mark.parametrize("path", ["/", "/home", "/i/people", "/messages", "/somebody", "/_site/site.css"])
def test_the_pages_do_not_exist_for_other_machines(x: Served, path: str) -> None:
    answer = x.http.get(path, headers={"host": "elsewhere.example"})
    assert answer.status_code == 404 and answer.content == b""


def test_a_form_on_another_site_does_nothing(x: Served, browse: Browser) -> None:
    browser = browse(x.person().id)
    answer = browser.post("/compose/post", data={"text": "forged"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 404 and "forged" not in browser.get("/home").text


def test_nobody_is_led_off_the_site(x: Served, browse: Browser) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        chosen = browse().post("/i/people/choose", data={"person_id": x.person().id, "next": target})
        assert chosen.url.path == "/home" and str(chosen.url).startswith(x.url)


@pytest.mark.parametrize("path", ["/2/nothing", "/1.1/nothing.json", "/2"])
def test_unknown_paths_of_the_api_stay_empty(x: Served, path: str) -> None:
    answer = x.http.get(path)
    assert answer.status_code == 404 and answer.content == b""


def test_markup_stays_text(x: Served, browse: Browser) -> None:
    jana = x.person("jana", name="<b>Jana</b>")
    jana.says("<script>alert(1)</script> javascript:alert(1)")
    page = browse(jana.id).get(f"/{jana.username}").text
    assert "<script>alert" not in page and "<b>Jana" not in page and "&lt;script&gt;" in page
