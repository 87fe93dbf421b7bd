"""Being somebody: choose or make a person, set who may write to them, follow, block and report others."""

from __future__ import annotations

import re
import sqlite3
import unicodedata

from starlette.responses import Response

from careline_sandbox.site import reads, who
from careline_sandbox.site.visit import Visit, visit
from careline_sandbox.world import people

#: Words that are pages: nobody can be called so here.
RESERVED = frozenset(
    {
        *("home", "i", "messages", "compose", "settings", "notifications", "intent", "media", "oauth", "oauth2"),
        *("login", "search", "explore", "about", "help", "people", "_site", "_sandbox", "2", "1"),
    }
)
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")


@visit("GET /i/people")
async def choose(come: Visit) -> Response:
    """Who are you: everybody there is, and a form for somebody new."""
    return _choose(come)


@visit("POST /i/people/choose")
async def become(come: Visit) -> Response:
    """Act as this person from now on."""
    with come.local_x.world.read() as connection:
        person = people.get(connection, come.number("person_id") or 0)
    if person is None:
        return _choose(come, status=422, error="This person is gone. Choose another.")
    response = come.on_to(come.asked("next", "/home"))
    who.become(response, person["id"])
    return response


@visit("POST /i/people")
async def create(come: Visit) -> Response:
    """Make a person and act as them."""
    name, username = come.asked("name").strip(), come.asked("username").strip().lstrip("@")
    try:
        with come.local_x.world.write() as tx:
            person_id = _made(come, tx, name=name, username=username or suggestion(tx, name))
    except (ValueError, people.NameTaken) as error:
        return _choose(come, status=422, error=str(error))
    response = come.on_to(come.asked("next", "/home"))
    who.become(response, person_id)
    return response


@visit("GET /settings")
async def settings(come: Visit) -> Response:
    """My profile and who may write to me."""
    with come.local_x.world.read() as connection:
        me = come.me(connection)
        blocked = connection.execute(
            "SELECT p.* FROM blocks b JOIN people p ON p.id = b.target_id WHERE b.source_id = ?", (me["id"],)
        ).fetchall()
    return come.show("settings.html", blocked=blocked, saved=come.asked("saved") == "1")


@visit("POST /settings")
async def save(come: Visit) -> Response:
    """Change what can be changed of me."""
    dm_from = come.asked("dm_from", "everyone")
    with come.local_x.world.write() as tx:
        me = come.me(tx)
        if dm_from in ("everyone", "following", "none"):
            tx.execute(
                "UPDATE people SET name = ?, description = ?, protected = ?, dm_from = ? WHERE id = ?",
                (
                    *(come.asked("name").strip()[:50] or me["username"], come.asked("description").strip()[:160]),
                    *(int(come.asked("protected") == "1"), dm_from, me["id"]),
                ),
            )
    return come.on_to("/settings?saved=1")


@visit("POST /i/follow/{username:handle}")
async def follow(come: Visit) -> Response:
    """Follow or unfollow."""
    with come.local_x.world.write() as tx:
        person = come.named(tx)
        pair = {"source_id": come.me(tx)["id"], "target_id": person["id"]}
        if come.asked("undo"):
            people.unfollow(tx, **pair)
        elif not people.blocks(tx, source_id=person["id"], target_id=pair["source_id"]):
            people.follow(tx, **pair)
    return come.on_to(f"/{person['username']}")


@visit("GET /i/block/{username:handle}")
async def ask_block(come: Visit) -> Response:
    """Say what blocking and reporting do before either is done."""
    with come.local_x.world.read() as connection:
        come.me(connection)
        person = come.named(connection)
    return come.show("block.html", person=person)


@visit("POST /i/block/{username:handle}")
async def block(come: Visit) -> Response:
    """Block, unblock or report; X tells the other side nothing of a report."""
    with come.local_x.world.write() as tx:
        me, person = come.me(tx), come.named(tx)
        if me["id"] != person["id"]:
            _protect(come, tx, me=me["id"], other=person["id"])
    return come.on_to(f"/{person['username']}")


def _protect(come: Visit, tx: sqlite3.Connection, *, me: int, other: int) -> None:
    if come.asked("undo"):
        people.unblock(tx, source_id=me, target_id=other, at_ms=come.now_ms)
        return
    if come.asked("report"):
        tx.execute("INSERT INTO reports VALUES (?, ?, ?)", (me, other, come.now_ms))
    if come.asked("block"):
        people.block(tx, source_id=me, target_id=other, at_ms=come.now_ms)


def suggestion(connection: sqlite3.Connection, name: str) -> str:
    """A free username made of a name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:12] or "someone"
    for number in range(1, 1000):
        candidate = base if number == 1 else f"{base}{number}"
        if candidate not in RESERVED and people.by_username(connection, candidate) is None:
            return candidate
    raise ValueError("Choose a username: all that fit this name are taken.")


def _made(come: Visit, tx: sqlite3.Connection, *, name: str, username: str) -> int:
    if not name or len(name) > 50:
        raise ValueError("A name has 1 to 50 characters.")
    if not _HANDLE.fullmatch(username) or username.lower() in RESERVED:
        raise ValueError("A username has 1 to 15 letters, digits or underscores, and is not the name of a page.")
    if people.by_username(tx, username):
        raise people.NameTaken(f"@{username} is taken. Free is: @{suggestion(tx, username)}")
    person_id = people.add(
        tx,
        username,
        person_id=come.local_x.ids.mint(come.now_ms),
        at_ms=come.now_ms,
        name=name,
        description=come.asked("description").strip()[:160],
        protected=come.asked("protected") == "1",
        dm_from=come.asked("dm_from", "everyone"),
    )
    tint = come.number("tint") or 0
    tx.execute("INSERT INTO site_people (person_id, tint) VALUES (?, ?)", (person_id, tint % reads.TINTS))
    return person_id


def _choose(come: Visit, *, status: int = 200, error: str = "") -> Response:
    with come.local_x.world.read() as connection:
        everyone = reads.found_people(connection, come.asked("q").strip().lstrip("@"))
    told = {key: come.asked(key) for key in ("q", "name", "username", "description", "next")}
    return come.show("people.html", status=status, error=error, everyone=everyone, tints=reads.TINTS, **told)


ROUTES = [choose, become, create, settings, save, follow, ask_block, block]
