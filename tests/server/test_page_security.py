"""What stands between a page and somebody who means harm: headers on every answer, sessions, CSRF, a closed door."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from careline.domain.words import Role
from support.rows import make_membership, make_user, make_workspace

PASSWORD = "correct horse battery staple"
ORIGIN = "http://127.0.0.1:8780"


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    cache.clear()


@pytest.fixture
def person(db: None, desk: Any) -> Any:
    """An agent of the workspace `acme`."""
    user = make_user("ana@example.org", PASSWORD)
    make_membership(make_workspace("acme"), user, Role.AGENT)
    return user


@pytest.fixture
def signed_in(person: Any) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def directives(header: str) -> dict[str, list[str]]:
    """A Content-Security-Policy by directive."""
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: values for name, *values in parts}


PAGES = [
    "/",
    "/sign-in/",
    "/acme/open/",
    "/acme/mine/",
    "/acme/resolved/",
    "/acme/spam/",
    "/acme/nowhere/",
    "/password/",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["stranger", "agent"])
def test_every_answer_carries_the_headers(path: str, who: str, signed_in: Client) -> None:
    client = signed_in if who == "agent" else Client(headers={"host": "127.0.0.1"})
    answer = client.get(path)
    assert answer.status_code in (200, 302, 404)
    policy = directives(answer["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_files_are_for_our_own_pages(db: None) -> None:
    answer = Client(headers={"host": "127.0.0.1"}).get(f"{settings.STATIC_URL}inbox/css/tokens.css")
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    answer.close()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_what_the_policy_forbids(path: str, signed_in: Client) -> None:
    text = signed_in.get(path, follow=True).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=", text)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text)


def test_the_session_cookie_is_out_of_reach_of_scripts(person: Any) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    client.post("/sign-in/", {"login": person.email, "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "sessionid" not in client.cookies


def test_signing_in_gives_a_new_session(person: Any) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    client.post("/sign-in/", {"login": person.email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.session.session_key != planted


def test_a_form_from_elsewhere_changes_nothing(person: Any) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    answer = client.post(
        "/sign-in/", {"login": person.email, "password": PASSWORD}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_and_there_is_no_admin(db: None) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    for path in ("/accounts/signup/", "/signup/", "/sign-up/", "/admin/", "/accounts/password/reset/"):
        assert (
            client.get(path, follow=True).status_code == 404
            or "/sign-in/" in client.get(path, follow=True).request["PATH_INFO"]
        )
    assert "django.contrib.admin" not in settings.INSTALLED_APPS


def test_guessing_passwords_is_slowed_down(person: Any) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    for attempt in range(6):
        client.post("/sign-in/", {"login": person.email, "password": f"wrong guess {attempt}"})
    client.post("/sign-in/", {"login": person.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_a_new_password_ends_old_sessions(signed_in: Client, person: Any) -> None:
    assert signed_in.get("/acme/open/").status_code == 200
    person.set_password("another long password")
    person.save()
    assert signed_in.get("/acme/open/").status_code == 302


def test_a_host_that_is_not_ours_is_refused(db: None) -> None:
    assert Client(headers={"host": "evil.example"}).get("/sign-in/").status_code == 400
