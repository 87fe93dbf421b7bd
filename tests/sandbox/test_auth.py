"""Who gets in: bearers, OAuth 2.0 tokens with scopes and expiry, OAuth 1.0a signatures."""

from __future__ import annotations

import base64

import httpx
import pytest
from authlib.oauth1 import ClientAuth

ME = "/2/users/me"


class Signature(httpx.Auth):
    """Signs with authlib, while the sandbox checks with oauthlib."""

    def __init__(self, **parts):
        self.client = ClientAuth(**parts)

    def auth_flow(self, request):
        _, headers, _ = self.client.sign(request.method, str(request.url), {}, b"")
        request.headers.update(headers)
        yield request


@pytest.fixture
def person(x):
    return x.person("someone")


@pytest.fixture
def sign(x, person):
    """Clients that sign with OAuth 1.0a; keyword arguments spoil a part of it."""
    made = x.control("tokens", app_id=person.app["id"], person_id=person.id, kind="oauth1")
    opened = []

    def client(**spoiled):
        parts = {
            "client_id": person.app["consumer_key"],
            "client_secret": person.app["consumer_secret"],
            "token": made["oauth_token"],
            "token_secret": made["oauth_token_secret"],
        }
        opened.append(httpx.Client(base_url=x.url, auth=Signature(**{**parts, **spoiled})))
        return opened[-1]

    yield client
    for signed in opened:
        signed.close()


def test_no_token_an_unknown_or_a_wrong_kind_of_one_is_a_401(x):
    for header in (
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Basic abc"},
        {"authorization": "OAuth"},
    ):
        response = x.http.get(ME, headers=header)
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json() == {
            "title": "Unauthorized",
            "type": "about:blank",
            "status": 401,
            "detail": "Unauthorized",
        }


def test_a_token_says_whose_it_is(person):
    assert person.get(ME).json()["data"] == {
        "id": person.id,
        "name": person.username,
        "username": person.username,
    }


def test_an_app_alone_is_no_person(x, person):
    response = x.bearer(person.app["bearer_token"]).get(ME)
    assert response.status_code == 403
    body = response.json()
    assert body["type"].endswith("/unsupported-authentication")
    assert "OAuth 2.0 Application-Only is forbidden" in body["detail"]


def test_a_missing_scope_is_a_403_and_does_nothing(x, person):
    scopes = ["tweet.read", "users.read"]
    made = x.control("tokens", app_id=person.app["id"], person_id=person.id, scopes=scopes)
    assert "refresh_token" not in made
    reader = x.bearer(made["access_token"])
    assert reader.get(ME).status_code == 200
    response = reader.post("/2/tweets", json={"text": "not allowed to"})
    assert response.status_code == 403
    assert response.json()["detail"] == "You are not permitted to perform this action."
    assert "not allowed to" not in str(x.state()["posts"])


def test_a_token_ends_when_it_said(start_x, tmp_path):
    local = start_x(clock=tmp_path / "clock.json")
    local.control("clock", sim=1_790_000_000, rate=0)
    person = local.person("someone")
    assert person.tokens["expires_in"] == 7200
    for later, status in ((7199, 200), (7200, 401)):
        local.control("clock", sim=1_790_000_000 + later)
        assert person.get(ME).status_code == status


def renew(x, app, token, **auth):
    data = {"grant_type": "refresh_token", "refresh_token": token, "client_id": app["client_id"]}
    return x.http.post("/2/oauth2/token", data=data, **auth)


def test_refreshing_gives_new_tokens_and_the_old_refresh_token_dies(x, person):
    old = person.tokens["refresh_token"]
    basic = httpx.BasicAuth(person.app["client_id"], person.app["client_secret"])
    response = renew(x, person.app, old, auth=basic)
    assert response.status_code == 200, response.text
    fresh = response.json()
    assert fresh.keys() == {"token_type", "expires_in", "access_token", "refresh_token", "scope"}
    assert x.bearer(fresh["access_token"]).get(ME).json()["data"]["id"] == person.id
    again = renew(x, person.app, old, auth=basic)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    assert renew(x, person.app, fresh["refresh_token"]).status_code == 200


def test_a_refresh_token_is_for_its_own_app_with_its_own_secret(x, person):
    token, other = person.tokens["refresh_token"], x.app()
    assert renew(x, other, token).status_code == 400
    wrong = httpx.BasicAuth(person.app["client_id"], "guess")
    assert renew(x, person.app, token, auth=wrong).status_code == 401
    assert renew(x, person.app, token).status_code == 200


def test_an_app_gets_its_bearer_for_key_and_secret(x, person):
    app = person.app
    basic = httpx.BasicAuth(app["consumer_key"], app["consumer_secret"])
    data = {"grant_type": "client_credentials"}
    response = x.http.post("/oauth2/token", data=data, auth=basic)
    assert response.json() == {"token_type": "bearer", "access_token": app["bearer_token"]}
    wrong = httpx.BasicAuth(app["consumer_key"], "gü€ss")
    assert x.http.post("/oauth2/token", data=data, auth=wrong).status_code == 403
    assert x.http.post("/oauth2/token", data=data).status_code == 403
    garbage = {"authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()}
    assert x.http.post("/oauth2/token", data=data, headers=garbage).status_code == 403


def test_a_signature_opens_what_a_user_token_opens(sign, person):
    assert sign().get(ME).json()["data"]["id"] == person.id
    made = sign().post("/2/tweets", json={"text": "signed & sealed, 100 % ✓"})
    assert made.status_code == 201
    found = sign().get("/2/tweets", params={"ids": made.json()["data"]["id"], "tweet.fields": "author_id,created_at"})
    assert found.json()["data"][0]["author_id"] == person.id


@pytest.mark.parametrize(
    "spoiled",
    [
        {"client_secret": "guess"},
        {"token_secret": "guess"},
        {"client_id": "nobody"},
        {"token": "nobody"},
    ],
    ids=lambda spoiled: next(iter(spoiled)),
)
def test_a_signature_with_a_wrong_part_is_a_401(sign, spoiled):
    assert sign(**spoiled).get(ME).status_code == 401


def test_a_signature_is_for_one_request(x, sign, person):
    request = sign().build_request("GET", ME)
    signed = next(sign().auth.auth_flow(request))
    header = {"authorization": signed.headers["authorization"]}
    assert x.http.get(f"/2/users/{person.id}", headers=header).status_code == 401
    assert x.http.get(ME, headers=header).status_code == 200
    assert x.http.get(ME, headers=header).status_code == 401, "the same nonce opened twice"


def test_a_token_of_one_app_signed_by_another_is_a_401(x, sign):
    other = x.app()
    assert sign(client_id=other["consumer_key"], client_secret=other["consumer_secret"]).get(ME).status_code == 401


def test_an_oauth1_token_is_no_bearer(x, person):
    made = x.control("tokens", app_id=person.app["id"], person_id=person.id, kind="oauth1")
    assert x.bearer(made["oauth_token"]).get(ME).status_code == 401


def test_media_of_messages_wants_oauth2(sign):
    response = sign().get("/2/dm_conversations/media/1/2/abc")
    assert response.status_code == 403
    assert response.json()["title"] == "Unsupported Authentication"
