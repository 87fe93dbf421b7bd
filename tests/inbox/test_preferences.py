"""What a person says about themselves changes what pages say and how they look, here and in every other browser."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from careline.inbox import look

pytestmark = pytest.mark.django_db

WANTED = {
    "name": "Nina Brandt",
    "initials": "NB",
    "language": "de",
    "time_zone": "Asia/Tokyo",
    "theme": "dark",
    "contrast": "more",
    "density": "compact",
    "single_keys": "1",
}


def root(html):
    return re.search(r"<html[^>]*>", html)[0]


def text(client, path="/preferences/"):
    return client.get(path).content.decode()


def test_a_page_looks_and_speaks_as_its_reader_said_in_the_first_byte(browser, nina, sign_in, workspace):
    assert root(text(browser)) == '<html lang="en" dir="ltr">'
    answer = browser.post("/preferences/", WANTED, follow=True)
    said = answer.content.decode()
    expected = '<html lang="de" dir="ltr" data-theme="dark" data-contrast="more" data-density="compact">'
    assert root(said) == expected
    assert "Gespeichert" in said or "Saved" in said
    assert "18:00 now" in said or "18:00" in said
    # Another browser of the same person, another page.
    assert root(text(sign_in(nina), f"/{workspace.slug}/open/")) == expected


def test_the_door_remembers_what_was_chosen_last_in_this_browser(browser):
    browser.post("/preferences/", WANTED)
    browser.post("/sign-out/")
    assert root(text(browser, "/sign-in/")) == '<html lang="de" dir="ltr" data-theme="dark">'
    assert root(text(Client(), "/sign-in/")) == '<html lang="en" dir="ltr">'


def test_a_failure_page_keeps_the_look_and_needs_nobody(browser, nina):
    nina.theme = "light"
    nina.save()
    assert 'data-theme="light"' in root(text(browser, "/nowhere/at/all/"))
    stranger = Client()
    stranger.cookies[look.COOKIE] = "theme=dark&language=../../x"
    assert root(text(stranger, "/nowhere/at/all/")) == '<html lang="en" dir="ltr" data-theme="dark">'
    stranger.cookies[look.COOKIE] = 'theme="><script>'
    assert root(text(stranger, "/nowhere/at/all/")) == '<html lang="en" dir="ltr">'


def test_a_language_is_chosen_at_the_door_and_kept_by_who_sets_none(nina, sign_in):
    browser = Client()
    answer = browser.post("/language/", {"language": "pt-br", "next": "/sign-in/?next=/a/"})
    assert answer["Location"] == "/sign-in/?next=/a/"
    assert root(text(browser, "/sign-in/")) == '<html lang="pt-BR" dir="ltr">'
    assert browser.post("/language/", {"language": "xx", "next": "https://evil.example/"})["Location"] == "/sign-in/"
    assert root(text(browser, "/sign-in/")) == '<html lang="pt-BR" dir="ltr">'


def test_a_language_that_is_read_from_the_right_turns_the_page(browser, settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    browser.post("/preferences/", WANTED | {"language": "ar"})
    assert 'lang="ar" dir="rtl"' in root(text(browser))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 121), ("initials", "A"), ("initials", "A-B"), ("initials", "ABCDE"),
        ("language", "tlh"), ("time_zone", "Mars/Olympus"), ("theme", "pink"), ("contrast", "less"), ("density", "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(browser, nina, field, value):
    answer = browser.post("/preferences/", WANTED | {field: value})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="{field}-error"' in html or field in {"theme", "contrast", "density"}
    assert 'role="alert"' in html
    nina.refresh_from_db()
    assert (nina.language, nina.theme) == ("", "")


def test_single_keys_belong_to_the_person(browser, nina, sign_in, workspace):
    path = f"/{workspace.slug}/open/"
    assert 'data-single-keys="on"' in text(browser, path)
    assert browser.post("/preferences/keys", {}).status_code == 204
    assert 'data-single-keys="off"' in text(sign_in(nina), path)
    browser.post("/preferences/keys", {"on": "1"})
    assert 'data-single-keys="on"' in text(sign_in(nina), path)


def test_preferences_are_for_who_is_signed_in():
    for path in ("/preferences/", "/security/"):
        assert Client().get(path)["Location"].startswith("/sign-in/")
    assert Client().post("/preferences/keys").status_code == 302
