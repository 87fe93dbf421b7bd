"""Private messages as people write them in X's own client, to which the rules for apps do not apply."""

from __future__ import annotations

import sqlite3
from typing import Any

from starlette.responses import Response

from careline_sandbox.http.files import whole_or_part
from careline_sandbox.rules import permission, private
from careline_sandbox.site import pictures, reads, texts
from careline_sandbox.site.visit import HEADERS, NotHere, Visit, visit
from careline_sandbox.wire import errors
from careline_sandbox.world import dms, happenings, media, people, posts

_TYPING_PAUSE_MS = 3_000
_TYPING_LASTS_MS = 6_000


@visit("GET /messages")
async def listed(come: Visit) -> Response:
    """My conversations."""
    with come.local_x.world.read() as connection:
        talks = reads.talks(connection, come.me(connection)["id"], come.now_ms)
    return come.show("messages.html", talks=talks)


@visit("GET /messages/compose")
async def compose(come: Visit) -> Response:
    """Where a link to a private message leads: recipient, prefilled text, and the post that invited."""
    return _compose(come)


@visit("GET /messages/{pair:pair}")
async def conversation(come: Visit) -> Response:
    """One conversation; opening it marks what the other wrote as read, as X's clients do."""
    return _conversation(come)


@visit("POST /messages/send")
async def send(come: Visit) -> Response:
    """Send it, or say in words why not and keep what was written."""
    files = await pictures.chosen(come)
    try:
        with come.local_x.world.write() as tx:
            pair = _sent(come, tx, files)
    except errors.Problem as problem:
        return _compose(come, status=422, error=texts.sentence(problem))
    return come.on_to(f"/messages/{pair}#end")


@visit("POST /messages/{pair:pair}/typing")
async def typing(come: Visit) -> Response:
    """Tell the other that I am writing, not more often than they need to know."""
    with come.local_x.world.write() as tx:
        me = come.me(tx)["id"]
        other = _other(tx, come.request.path_params["pair"], me)
        pair = {"typist_id": me, "reader_id": other["id"]}
        told = happenings.last_typed(tx, since_ms=come.now_ms - _TYPING_PAUSE_MS, **pair)
        if told is None and permission.may_write(tx, sender_id=me, recipient=other):
            about = {"actor_id": me, "subject_id": other["id"], "other_id": other["id"]}
            happenings.append(tx, "dm.typing", at_ms=come.now_ms, **about)
    return Response(status_code=204)


@visit("POST /messages/{dm_id:int}/delete")
async def delete(come: Visit) -> Response:
    """Hide a message from me; the other side keeps it."""
    with come.local_x.world.write() as tx:
        me = come.me(tx)["id"]
        row = dms.seen_by(tx, _dm_id(come), me, now_ms=come.now_ms)
        if row is None:
            raise NotHere
        dms.delete(tx, row["id"], person_id=me, at_ms=come.now_ms)
    return come.on_to(f"/messages/{row['conversation_id']}")


@visit("GET /_site/messages/{dm_id:int}/media")
async def picture(come: Visit) -> Response:
    """The picture or video of a message, for its two people alone."""
    with come.local_x.world.read() as connection:
        me = come.me(connection)["id"]
        row = dms.seen_by(connection, _dm_id(come), me, now_ms=come.now_ms)
    if row is None or not row["media_id"]:
        raise NotHere
    return whole_or_part(come.request, row["media_id"], headers=HEADERS)


@visit("GET /_site/messages/{dm_id:int}/still")
async def still(come: Visit) -> Response:
    """The first picture of a message's video, for its two people alone."""
    with come.local_x.world.read() as connection:
        row = dms.seen_by(connection, _dm_id(come), come.me(connection)["id"], now_ms=come.now_ms)
        found = media.poster(connection, row["media_id"]) if row and row["media_id"] else None
    if found is None:
        raise NotHere
    return Response(found, media_type="image/jpeg", headers=HEADERS)


def _dm_id(come: Visit) -> int:
    dm_id: int = come.request.path_params["dm_id"]
    return dm_id if dm_id < 2**63 else 0


def _sent(come: Visit, tx: sqlite3.Connection, files: list[pictures.Chosen]) -> str:
    me, recipient = come.me(tx), people.get(tx, come.number("recipient_id") or 0)
    if recipient is None:
        raise NotHere
    if len(files) > 1:
        raise errors.bad_request("A message takes one picture or video. Send the others in messages of their own.")
    text = come.asked("text").strip()
    if not text and not files:
        raise errors.bad_request("Write something or add a picture first.")
    kept = pictures.keep(tx, come, files, owner_id=me["id"], place="dm")
    return private.send(
        tx,
        text,
        dm_id=come.local_x.ids.mint(come.now_ms),
        sender_id=me["id"],
        recipient=recipient,
        at_ms=come.now_ms,
        media_id=kept[0] if kept else None,
    )


def _compose(come: Visit, *, status: int = 200, error: str = "") -> Response:
    with come.local_x.world.read() as connection:
        me, view = come.me(connection), come.view(connection)
        recipient = people.get(connection, come.number("recipient_id") or 0)
        if recipient is None and come.asked("to"):
            recipient = people.by_username(connection, come.asked("to").lstrip("@"))
        row = posts.get(connection, come.number("post") or 0, view)
        about = reads.shown(connection, row, view) if row else None
        may = recipient is not None and permission.may_write(connection, sender_id=me["id"], recipient=recipient)
        everyone = [] if recipient else reads.found_people(connection, "")
    told = {"recipient": recipient, "about": about, "may": may, "everyone": everyone, "text": come.asked("text")}
    return come.show("message.html", status=status, error=error, **told)


def _conversation(come: Visit) -> Response:
    pair = come.request.path_params["pair"]
    with come.local_x.world.write() as tx:
        me = come.me(tx)
        other = _other(tx, pair, me["id"])
        _read(come, tx, pair, me=me["id"], other=other["id"])
        page, more = reads.messages(tx, me["id"], pair, come.now_ms, before=come.number("before"))
        told: dict[str, Any] = {
            "messages": page,
            "more": more,
            "before": come.number("before"),
            "seen": reads.read_up_to(tx, reader_id=other["id"], sender_id=me["id"]),
            "may": permission.may_write(tx, sender_id=me["id"], recipient=other),
            "typing_ms": _typing_ms(come, tx, typist_id=other["id"], reader_id=me["id"]),
        }
    return come.show("conversation.html", other=other, pair=pair, **told)


def _typing_ms(come: Visit, connection: sqlite3.Connection, *, typist_id: int, reader_id: int) -> int:
    """For how much longer somebody counts as typing; 0 if they do not."""
    since = come.now_ms - _TYPING_LASTS_MS
    at_ms = happenings.last_typed(connection, typist_id=typist_id, reader_id=reader_id, since_ms=since)
    return 0 if at_ms is None else at_ms - since


def _other(connection: sqlite3.Connection, pair: str, me: int) -> sqlite3.Row:
    ids = [int(part) for part in pair.split("-")]
    other = people.get(connection, sum(ids) - me) if me in ids and max(ids) < 2**63 else None
    if other is None or dms.conversation_id(me, other["id"]) != pair:
        raise NotHere
    return other


def _read(come: Visit, tx: sqlite3.Connection, pair: str, *, me: int, other: int) -> None:
    newest = reads.newest_from(tx, sender_id=other, pair=pair, now_ms=come.now_ms)
    if newest > reads.read_up_to(tx, reader_id=me, sender_id=other):
        dms.mark_read(tx, dm_id=newest, reader_id=me, at_ms=come.now_ms)


ROUTES = [listed, compose, send, conversation, typing, delete, picture, still]
