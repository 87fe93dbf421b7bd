"""The page on which a person lets an app act for them: OAuth 2.0 with PKCE, and the middle leg of OAuth 1.0a.

What an app asks for wrongly is told here and sent nowhere: an address that is not registered is never redirected to.
"""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response

from careline_sandbox.site.visit import HEADERS, Visit, visit
from careline_sandbox.world import apps, authorizations

_PATHS_1 = ("/oauth/authorize", "/oauth/authenticate")
_RUN_OUT = "This request for access has run out. Start again in the app."

# What each scope lets an app do, in three groups, so that nobody overlooks what is private.
_RIGHTS = {
    "public": {
        "tweet.read": "read the posts that you can read",
        "tweet.write": "post and delete posts for you",
        "tweet.moderate.write": "hide replies to your posts",
        "media.write": "upload pictures and videos for you",
    },
    "private": {
        "dm.read": "read your private messages",
        "dm.write": "send private messages for you",
    },
    "account": {
        "users.read": "see who you are, and other people's profiles",
        "follows.read": "see whom you follow",
        "like.read": "see what you like",
        "block.read": "see whom you block",
        "mute.read": "see whom you mute",
        "mute.write": "mute people for you",
        "offline.access": "stay connected until you take it back",
    },
}
_SCOPES = {scope for rights in _RIGHTS.values() for scope in rights}
_OF_OAUTH_1 = {"tweet.read", "tweet.write", "media.write", "dm.read", "dm.write", "users.read", "offline.access"}


class Wrong(Exception):
    """The app asks for something that it cannot have; the message is for the person who looks at the page."""


@visit("GET /i/oauth2/authorize")
async def ask(come: Visit) -> Response:
    """Show who asks for what (OAuth 2.0)."""
    with come.local_x.world.read() as connection:
        come.me(connection)
        try:
            app, scopes = _asked(come, connection)
        except Wrong as wrong:
            return come.show("authorize_wrong.html", status=400, wrong=str(wrong))
    return _page(come, app, set(scopes), back=come.asked("redirect_uri"))


@visit("POST /i/oauth2/authorize")
async def decide(come: Visit) -> Response:
    """Send the person back with a code, or with their refusal."""
    with come.local_x.world.write() as tx:
        me = come.me(tx)
        try:
            app, scopes = _asked(come, tx)
        except Wrong as wrong:
            return come.show("authorize_wrong.html", status=400, wrong=str(wrong))
        told = {"state": come.asked("state")} if come.asked("state") else {}
        if come.form.get("decision") != "yes":
            return _back(come.asked("redirect_uri"), {**told, "error": "access_denied"})
        code = authorizations.add_code(
            tx,
            app_id=app["id"],
            person_id=me["id"],
            redirect_uri=come.asked("redirect_uri"),
            scopes=" ".join(scopes),
            challenge=come.asked("code_challenge"),
            method=come.asked("code_challenge_method", "plain"),
            at_ms=come.now_ms,
        )
    return _back(come.asked("redirect_uri"), {**told, "code": code})


async def _ask_1(come: Visit) -> Response:
    with come.local_x.world.read() as connection:
        come.me(connection)
        row = authorizations.under_way(connection, come.asked("oauth_token"), "oauth1", at_ms=come.now_ms)
        app = apps.get(connection, row["app_id"]) if row else None
    if row is None or app is None:
        return come.show("authorize_wrong.html", status=401, wrong=_RUN_OUT)
    return _page(come, app, _OF_OAUTH_1, back=row["redirect_uri"])


async def _decide_1(come: Visit) -> Response:
    token = come.asked("oauth_token")
    with come.local_x.world.write() as tx:
        me = come.me(tx)
        row = authorizations.under_way(tx, token, "oauth1", at_ms=come.now_ms)
        if row is None or row["person_id"] is not None:
            return come.show("authorize_wrong.html", status=401, wrong=_RUN_OUT)
        agreed = come.form.get("decision") == "yes"
        verifier = authorizations.agree(tx, token, person_id=me["id"]) if agreed else ""
        if not agreed:
            authorizations.end(tx, token)
    if row["redirect_uri"] == authorizations.OUT_OF_BAND:
        return come.show("authorize_pin.html", pin=verifier)
    return _back(
        row["redirect_uri"], {"oauth_token": token, "oauth_verifier": verifier} if agreed else {"denied": token}
    )


authorize_1 = [
    visit(f"{method} {path}")(handler)
    for path in _PATHS_1
    for method, handler in (("GET", _ask_1), ("POST", _decide_1))
]


def _asked(come: Visit, connection: sqlite3.Connection) -> tuple[sqlite3.Row, list[str]]:
    """The app and the scopes of an OAuth 2.0 request. Raises Wrong."""
    app = apps.by_credential(connection, "client_id", come.asked("client_id"))
    if app is None:
        raise Wrong("No app has this client_id.")
    if not authorizations.allows(connection, app["id"], come.asked("redirect_uri")):
        raise Wrong("This callback address is not registered for the app.")
    if come.asked("response_type") != "code":
        raise Wrong("response_type has to be code.")
    scopes = come.asked("scope").split()
    if not scopes or set(scopes) - _SCOPES:
        raise Wrong("scope has to name what the app wants, in X's words.")
    if not come.asked("code_challenge") or come.asked("code_challenge_method", "plain") not in ("S256", "plain"):
        raise Wrong("code_challenge is missing: PKCE is required.")
    if not come.asked("state") or len(come.asked("state")) > 500:
        raise Wrong("state is missing, or longer than 500 characters.")
    return app, scopes


def _page(come: Visit, app: sqlite3.Row, scopes: set[str], *, back: str) -> Response:
    """A form may only lead where this page allows, redirections included: so the way back is named.

    Who becomes somebody else comes back to the same question: ``here`` has what the app asked for.
    """
    groups = {name: [said for scope, said in all_.items() if scope in scopes] for name, all_ in _RIGHTS.items()}
    here = f"{come.request.url.path}?{come.request.url.query}"
    shown = come.show("authorize.html", app=app, groups=groups, fields=_fields(come), here=here)
    origin = "" if back == authorizations.OUT_OF_BAND else "{0.scheme}://{0.netloc}".format(urlsplit(back))
    policy = HEADERS["content-security-policy"].replace("form-action 'self'", f"form-action 'self' {origin}".strip())
    shown.headers["content-security-policy"] = policy
    return shown


def _fields(come: Visit) -> list[tuple[str, Any]]:
    return list(come.request.query_params.multi_items())


def _back(address: str, told: dict[str, str]) -> Response:
    joint = "&" if urlsplit(address).query else "?"
    return RedirectResponse(f"{address}{joint}{urlencode(told)}", 303, headers={"cache-control": "no-store"})


ROUTES = [ask, decide, *authorize_1]
