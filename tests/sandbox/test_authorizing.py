"""People let apps in: both of X's flows, from an app's first request to a call with the token, by others' clients."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import tweepy
from authlib.integrations.requests_client import OAuth2Session
from requests import Request
from requests_oauthlib import OAuth1Session
from requests_oauthlib.oauth1_session import TokenRequestDenied
from xdk.oauth2_auth import OAuth2PKCEAuth

from sandbox.served import Served

CALLBACK = "http://127.0.0.1:9/back"
_numbers = itertools.count(1)
SCOPE = "tweet.read users.read offline.access"


@pytest.fixture
def x(x: Served) -> str:
    """Where the local X is."""
    return x.url


@pytest.fixture
def omar(x: str) -> dict[str, str]:
    """Somebody who is asked."""
    made = httpx.post(f"{x}/_sandbox/people", json={"username": f"omar{next(_numbers)}"})
    assert made.status_code == 200, made.text
    return made.json()


@pytest.fixture
def app(x: str, omar: dict[str, str]) -> dict[str, str]:
    """An app with a registered way back."""
    order = {"name": "Desk", "owner": omar["username"], "callbacks": [CALLBACK]}
    made = httpx.post(f"{x}/_sandbox/apps", json=order)
    assert made.status_code == 200, made.text
    return made.json()


@pytest.fixture
def visitor(x, omar) -> Iterator[httpx.Client]:
    """Omar's browser."""
    with httpx.Client(base_url=x, headers={"origin": x}) as client:
        client.cookies.set("local_x_person", omar["id"])
        yield client


@pytest.fixture
def flow(x, app, monkeypatch) -> OAuth2PKCEAuth:
    """The official client's side of OAuth 2.0; it has to be told that this is only this machine."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    ends = {"base_url": x, "authorization_base_url": f"{x}/i"}
    return OAuth2PKCEAuth(
        **ends, client_id=app["client_id"], client_secret=app["client_secret"], redirect_uri=CALLBACK, scope=SCOPE
    )


def agree(visitor: httpx.Client, url: str, decision: str = "yes") -> dict[str, str]:
    """Press a button on the page; what the way back says."""
    page = visitor.get(url)
    assert page.status_code == 200, page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items()}
    gone = visitor.post(urlsplit(url).path, data={**fields, "decision": decision})
    assert gone.status_code == 303, gone.text
    assert gone.headers["location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(gone.headers["location"]).query).items()}


def who(x: str, token: str) -> httpx.Response:
    return httpx.get(f"{x}/2/users/me", headers={"authorization": f"Bearer {token}"})


def test_oauth_2_from_the_button_to_a_call(x, flow, visitor, omar) -> None:
    told = agree(visitor, flow.get_authorization_url(state="s-1"))
    assert told["state"] == "s-1"
    tokens = flow.exchange_code(told["code"])
    assert tokens["expires_in"] == 7200
    assert set(tokens["scope"].split()) == set(SCOPE.split())
    assert who(x, tokens["access_token"]).json()["data"]["username"] == omar["username"]
    with pytest.raises(Exception, match=r"400|invalid"):
        flow.exchange_code(told["code"])


def test_refresh_tokens_rotate_and_access_can_be_taken_back(x, app, flow, visitor) -> None:
    tokens = flow.exchange_code(agree(visitor, flow.get_authorization_url(state="s"))["code"])
    basic = (app["client_id"], app["client_secret"])

    def refresh(token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return httpx.post(f"{x}/2/oauth2/token", data=form, auth=basic)

    fresh = refresh(tokens["refresh_token"])
    assert fresh.status_code == 200
    assert refresh(tokens["refresh_token"]).status_code == 400
    new = fresh.json()
    assert who(x, new["access_token"]).status_code == 200
    assert httpx.post(f"{x}/2/oauth2/revoke", data={"token": new["access_token"]}, auth=basic).json() == {
        "revoked": True
    }
    assert who(x, new["access_token"]).status_code == 401
    assert refresh(new["refresh_token"]).status_code == 400


def test_who_says_no_is_sent_back_with_that(flow, visitor) -> None:
    told = agree(visitor, flow.get_authorization_url(state="s"), decision="no")
    assert told == {"state": "s", "error": "access_denied"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"client_id": "nobody"}, "client_id"),
        ({"redirect_uri": "http://127.0.0.1:9/elsewhere"}, "not registered"),
        ({"scope": "everything"}, "scope"),
        ({"code_challenge": ""}, "PKCE"),
        ({"response_type": "token"}, "response_type"),
        ({"state": ""}, "state"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_sent_nowhere(x, app, visitor, wrong, said) -> None:
    asked = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": CALLBACK, "scope": SCOPE, "state": "s",
        "code_challenge": "c" * 43, "code_challenge_method": "S256",
    }  # fmt: skip
    for answer in (
        visitor.get("/i/oauth2/authorize", params=asked | wrong),
        visitor.post("/i/oauth2/authorize", data={**asked, **wrong, "decision": "yes"}),
    ):
        assert answer.status_code == 400
        assert said in answer.text


def test_a_code_needs_its_verifier_its_address_its_app_and_its_half_minute(x, app, visitor, omar) -> None:
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": CALLBACK, "scope": SCOPE, "state": "s",
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    good = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": verifier}

    def exchange(**other: str) -> int:
        gone = visitor.post("/i/oauth2/authorize", data={**asked, "decision": "yes"})
        code = parse_qs(urlsplit(gone.headers["location"]).query)["code"][0]
        form = {**good, "code": code, "client_id": app["client_id"], **other}
        return httpx.post(f"{x}/2/oauth2/token", data=form).status_code

    other = httpx.post(f"{x}/_sandbox/apps", json={"name": "Other", "owner": omar["username"]}).json()
    assert exchange() == 200, "a public client names itself"
    assert exchange(code_verifier="w" * 50) == 400
    assert exchange(redirect_uri="http://127.0.0.1:9/elsewhere") == 400
    assert exchange(client_id=other["client_id"]) == 400
    assert exchange(client_id="nobody") == 401
    assert exchange(code="never") == 400


@pytest.fixture
def one(app: dict[str, str]) -> Iterator[Callable[..., OAuth1Session]]:
    """Makes clients of OAuth 1.0a for the app."""
    with contextlib.ExitStack() as stack:

        def make(secret: str = app["consumer_secret"], **more: str) -> OAuth1Session:
            return stack.enter_context(OAuth1Session(app["consumer_key"], client_secret=secret, **more))

        yield make


def test_oauth_1_in_three_legs(x, one, visitor, omar) -> None:
    client = one(callback_uri=CALLBACK)
    asked = client.fetch_request_token(f"{x}/oauth/request_token")
    assert asked["oauth_callback_confirmed"] == "true"
    told = agree(visitor, client.authorization_url(f"{x}/oauth/authorize"))
    assert told["oauth_token"] == asked["oauth_token"]
    exchange = {
        "resource_owner_key": asked["oauth_token"], "resource_owner_secret": asked["oauth_token_secret"],
        "verifier": told["oauth_verifier"],
    }  # fmt: skip
    tokens = one(**exchange).fetch_access_token(f"{x}/oauth/access_token")
    assert tokens["screen_name"] == omar["username"]
    own = {"resource_owner_key": tokens["oauth_token"], "resource_owner_secret": tokens["oauth_token_secret"]}
    assert one(**own).get(f"{x}/2/users/me").json()["data"]["username"] == omar["username"]
    with pytest.raises(TokenRequestDenied):
        one(**exchange).fetch_access_token(f"{x}/oauth/access_token")


def test_a_pin_for_apps_without_a_way_back(x, one, visitor, omar) -> None:
    asked = one(callback_uri="oob").fetch_request_token(f"{x}/oauth/request_token")
    page = visitor.post("/oauth/authorize", data={"oauth_token": asked["oauth_token"], "decision": "yes"})
    pin = re.search(r'<code id="pin">(\d{7})</code>', page.text)
    assert pin is not None
    keys = {"resource_owner_key": asked["oauth_token"], "resource_owner_secret": asked["oauth_token_secret"]}
    tokens = one(**keys, verifier=pin[1]).fetch_access_token(f"{x}/oauth/access_token")
    assert tokens["screen_name"] == omar["username"]


def test_a_refusal_a_wrong_secret_and_a_strange_address(x, one, visitor) -> None:
    asked = one(callback_uri=CALLBACK).fetch_request_token(f"{x}/oauth/request_token")
    url = f"{x}/oauth/authenticate?oauth_token={asked['oauth_token']}"
    assert agree(visitor, url, decision="no") == {"denied": asked["oauth_token"]}
    assert visitor.get(url).status_code == 401
    with pytest.raises(TokenRequestDenied, match="415"):
        one(callback_uri="http://127.0.0.1:9/elsewhere").fetch_request_token(f"{x}/oauth/request_token")
    with pytest.raises(TokenRequestDenied, match="32"):
        one("wrong", callback_uri=CALLBACK).fetch_request_token(f"{x}/oauth/request_token")
    fresh = one(callback_uri=CALLBACK).fetch_request_token(f"{x}/oauth/request_token")
    keys = {"resource_owner_key": fresh["oauth_token"], "resource_owner_secret": fresh["oauth_token_secret"]}
    with pytest.raises(TokenRequestDenied, match="89"):
        one(**keys, verifier="guessed").fetch_access_token(f"{x}/oauth/access_token")


def test_who_has_chosen_nobody_chooses_first_and_comes_back(x, flow) -> None:
    url = flow.get_authorization_url(state="s")
    sent = httpx.get(url)
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/i/people?next=/i/oauth2/authorize")


def test_who_becomes_somebody_else_comes_back_to_the_same_question(x, app, flow, visitor) -> None:
    page = visitor.get(flow.get_authorization_url(state="s"))
    other = re.search(r'href="(/i/people[?]next=[^"]+)"', page.text)
    assert other is not None
    kept = parse_qs(parse_qs(urlsplit(other[1].replace("&amp;", "&")).query)["next"][0].partition("?")[2])
    assert (kept["client_id"], kept["state"]) == ([app["client_id"]], ["s"])


def test_what_is_private_is_named_apart(flow, visitor) -> None:
    flow.scope = "tweet.read dm.read"
    page = visitor.get(flow.get_authorization_url(state="s")).text
    assert (
        page.index("In public") < page.index("read the posts") < page.index("In private") < page.index("messages</li>")
    )
    assert "send private messages" not in page
    assert "With your account" not in page


def test_a_code_lives_for_half_a_minute_by_the_sandboxs_clock(start_x, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    local = start_x(clock=tmp_path / "clock.json")
    local.control("clock", sim=1_790_000_000, rate=0)
    person = local.control("people", username="omar")
    app = local.control("apps", name="Desk", owner="omar", callbacks=[CALLBACK])
    with httpx.Client(base_url=local.url, headers={"origin": local.url}) as visitor:
        visitor.cookies.set("local_x_person", person["id"])
        codes = []
        for _ in range(2):
            flow = OAuth2PKCEAuth(
                base_url=local.url, authorization_base_url=f"{local.url}/i", client_id=app["client_id"],
                client_secret=app["client_secret"], redirect_uri=CALLBACK, scope="users.read",
            )  # fmt: skip
            codes.append((flow, agree(visitor, flow.get_authorization_url(state="s"))["code"]))
    local.control("clock", sim=1_790_000_029)
    tokens = codes[0][0].exchange_code(codes[0][1])
    assert tokens["refresh_token"] is None, "that needs the scope offline.access"
    local.control("clock", sim=1_790_000_030)
    with pytest.raises(ValueError, match="authorization code was invalid"):
        codes[1][0].exchange_code(codes[1][1])


def test_authlib_walks_through_oauth_2_as_a_public_client(x, app, visitor, omar, monkeypatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    public = {"token_endpoint_auth_method": "none", "code_challenge_method": "S256"}
    with OAuth2Session(app["client_id"], redirect_uri=CALLBACK, scope=SCOPE, **public) as client:
        verifier = "a-verifier-of-at-least-forty-three-characters-1"
        url, state = client.create_authorization_url(f"{x}/i/oauth2/authorize", code_verifier=verifier)
        told = agree(visitor, url)
        back = f"{CALLBACK}?{urlencode(told)}"
        token = f"{x}/2/oauth2/token"
        client.fetch_token(token, authorization_response=back, code_verifier=verifier, state=state)
        assert client.get(f"{x}/2/users/me").json()["data"]["username"] == omar["username"]
        before = client.token["refresh_token"]
        client.refresh_token(token)
        assert client.token["refresh_token"] != before
        assert client.get(f"{x}/2/users/me").status_code == 200


def test_tweepy_walks_through_oauth_1(x, app, visitor, omar) -> None:
    handler = tweepy.OAuth1UserHandler(app["consumer_key"], app["consumer_secret"], callback=CALLBACK)
    handler._get_oauth_url = lambda end: f"{x}/oauth/{end}"  # it has the real X's address built in
    told = agree(visitor, handler.get_authorization_url())
    first = handler.oauth
    token, secret = handler.get_access_token(told["oauth_verifier"])
    with pytest.raises(tweepy.TweepyException):
        handler.get_access_token(told["oauth_verifier"])
    own = {"resource_owner_key": token, "resource_owner_secret": secret}
    with OAuth1Session(app["consumer_key"], client_secret=app["consumer_secret"], **own) as session:
        assert session.get(f"{x}/2/users/me").json()["data"]["username"] == omar["username"]
    first.close()
    handler.oauth.close()


def test_a_signed_request_for_a_token_counts_once(x, one) -> None:
    client = one(callback_uri=CALLBACK)
    signed = client.auth(Request("POST", f"{x}/oauth/request_token").prepare())
    assert httpx.post(f"{x}/oauth/request_token", headers=dict(signed.headers)).status_code == 200
    again = httpx.post(f"{x}/oauth/request_token", headers=dict(signed.headers))
    assert (again.status_code, again.json()["errors"][0]["code"]) == (401, 32)


def test_the_page_answers_this_machine_only(x, app) -> None:
    assert httpx.get(f"{x}/i/oauth2/authorize", headers={"host": "x.example"}).status_code == 404
    assert httpx.post(f"{x}/oauth/authorize", headers={"origin": "https://elsewhere.example"}).status_code == 404
