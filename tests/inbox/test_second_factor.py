"""A second factor: what opens the desk with it, what does not, and that a stolen database makes nobody's codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from itertools import count

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.test import Client

from inbox.conftest import PASSWORD

pytestmark = pytest.mark.django_db

STEP = 30
_start = count(1_790_000_000, 3600)


@pytest.fixture(autouse=True)
def _no_tries_before() -> None:
    cache.clear()


@pytest.fixture
def time(monkeypatch):
    """The seconds that the code's clock shows; `time.pass_(30)` brings the next code."""

    class Time:
        seconds = next(_start)

        def pass_(self, seconds):
            self.seconds += seconds

    now = Time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now.seconds)
    return now


def code_of(secret, seconds):
    """RFC 6238, from its text."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(seconds) // STEP), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def password_step(user):
    client = Client()
    answer = client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    return client, answer


def inside(client):
    return client.get("/preferences/").status_code == 200


@pytest.fixture
def enrolled(desk, nina, time):
    """Nina has set up her phone: the secret it holds and her recovery codes."""
    client, _ = password_step(nina)
    assert client.get("/security/app/")["Location"].startswith("/sign-in/again/")
    client.post("/sign-in/again/?next=/security/app/", {"password": PASSWORD})
    html = client.get("/security/app/").content.decode()
    assert "<svg" in html
    assert "style=" not in html
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', html)[1].replace(" ", "")
    wrong = client.post("/security/app/", {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    answer = client.post("/security/app/", {"code": code_of(secret, time.seconds)})
    assert answer["Location"] == "/security/codes/"
    codes = re.findall(r"<code>(\d{8})</code>", client.get("/security/codes/").content.decode())
    assert len(codes) == 10
    assert client.get("/security/codes/download").content.decode().split() == codes
    time.pass_(STEP * 4)
    return secret, codes


def test_a_code_opens_the_desk_once_and_the_password_alone_never(enrolled, nina, time):
    secret, _ = enrolled
    client, answer = password_step(nina)
    assert answer["Location"].startswith("/sign-in/code/")
    assert not inside(client)
    wrong = client.post("/sign-in/code/", {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    assert not inside(client)
    code = code_of(secret, time.seconds)
    client.post("/sign-in/code/", {"code": code})
    assert inside(client)
    # Somebody who looked over the shoulder.
    other, _ = password_step(nina)
    other.post("/sign-in/code/", {"code": code})
    assert not inside(other)
    time.pass_(STEP * 3)
    other.post("/sign-in/code/", {"code": code})
    assert not inside(other)
    other.post("/sign-in/code/", {"code": code_of(secret, time.seconds)})
    assert inside(other)


def test_a_recovery_code_works_once(enrolled, nina):
    _, codes = enrolled
    first, _ = password_step(nina)
    first.post("/sign-in/code/", {"code": codes[3]})
    assert inside(first)
    assert "9 recovery codes are left" in first.get("/security/").content.decode()
    second, _ = password_step(nina)
    second.post("/sign-in/code/", {"code": codes[3]})
    assert not inside(second)


def test_new_recovery_codes_replace_the_old(enrolled, nina):
    _, codes = enrolled
    client, _ = password_step(nina)
    client.post("/sign-in/code/", {"code": codes[0]})
    client.post("/sign-in/again/?next=/security/", {"password": PASSWORD})
    assert "9 codes that are left stop working" in client.get("/security/codes/new/").content.decode()
    client.post("/security/codes/new/")
    other, _ = password_step(nina)
    other.post("/sign-in/code/", {"code": codes[1]})
    assert not inside(other)


def test_guessing_is_stopped(enrolled, nina, time):
    secret, _ = enrolled
    client, _ = password_step(nina)
    for guess in range(6):
        said = client.post("/sign-in/code/", {"code": f"{guess:06}"}).content.decode()
    assert "Too many tries" in said
    client.post("/sign-in/code/", {"code": code_of(secret, time.seconds)})
    assert not inside(client)


def test_switched_off_the_password_is_enough(enrolled, nina, time):
    secret, _ = enrolled
    client, _ = password_step(nina)
    client.post("/sign-in/code/", {"code": code_of(secret, time.seconds)})
    client.post("/sign-in/again/?next=/security/", {"password": PASSWORD})
    client.post("/security/app/off/")
    assert not Authenticator.objects.exists()
    other, _ = password_step(nina)
    assert inside(other)


def test_what_codes_are_made_from_is_not_in_the_database(enrolled):
    secret, codes = enrolled
    with connection.cursor() as cursor:
        stored = ""
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            stored += repr(cursor.fetchall())
    for one in Authenticator.objects.all():
        value = one.data.get("secret") or one.data["seed"]
        assert value.startswith("gAAAA")
        assert value in stored
    assert secret not in stored
    assert not set(codes) & set(re.findall(r"\d+", stored))


def test_an_operator_lets_in_who_lost_the_phone(enrolled, nina, sign_in):
    from careline.server.people import second_factor_off

    client, other = sign_in(nina), sign_in(nina)
    assert inside(client)
    assert second_factor_off(nina.email.upper())
    assert not inside(client)
    assert not inside(other)
    again, _ = password_step(nina)
    assert inside(again)
    assert not second_factor_off(nina.email)


def test_the_other_browsers_can_be_signed_out(desk, nina):
    here, there = password_step(nina)[0], password_step(nina)[0]
    assert "in 1 other browser" in here.get("/security/").content.decode()
    assert "Signed out in 1 other browser" in here.post("/security/sign-out-others", follow=True).content.decode()
    assert inside(here)
    assert not inside(there)


def test_a_changed_password_signs_out_elsewhere(desk, nina):
    here, there = password_step(nina)[0], password_step(nina)[0]
    new = "another long enough secret"
    said = here.post("/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new}, follow=True)
    assert "Your password is changed" in said.content.decode()
    assert inside(here)
    assert not inside(there)
