"""Reading and writing in public: the timeline, profiles, a post with its thread, what names me, the composer."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from careline_sandbox.rules import compose, permission
from careline_sandbox.site import pictures, reads, texts
from careline_sandbox.site.visit import NotHere, Visit, visit
from careline_sandbox.wire import errors
from careline_sandbox.world import people, posts


@visit("GET /")
async def start(come: Visit) -> Response:
    """Where everybody comes in."""
    return come.on_to("/home")


@visit("GET /home")
async def home(come: Visit) -> Response:
    """Everyone's posts."""
    return _home(come)


@visit("GET /{username:handle}")
async def profile(come: Visit) -> Response:
    """A person and what they post."""
    with come.local_x.world.read() as connection:
        person, me = come.named(connection), come.me(connection)
        replies = come.asked("tab") == "replies"
        before = come.number("before")
        listed = reads.of_person(connection, person["id"], come.view(connection), replies=replies, before=before)
        pair = {"source_id": me["id"], "target_id": person["id"]}
        tie = {
            "follows": people.follows(connection, **pair),
            "blocks": people.blocks(connection, **pair),
            "may_write": permission.may_write(connection, sender_id=me["id"], recipient=person),
        }
    return come.show("profile.html", person=person, posts=listed, replies=replies, **tie)


@visit("GET /{username:handle}/status/{post_id:int}")
async def one(come: Visit) -> Response:
    """A post, those above it and its answers."""
    return _one(come, come.request.path_params["post_id"])


@visit("GET /i/status/{post_id:int}")
async def one_by_id(come: Visit) -> Response:
    """The same, for links that do not name the author."""
    return _one(come, come.request.path_params["post_id"])


@visit("GET /notifications")
async def notifications(come: Visit) -> Response:
    """Posts that name me; seeing them is remembered."""
    with come.local_x.world.write() as tx:
        listed = reads.naming(tx, come.view(tx))
        if listed:
            reads.notice(tx, come.me(tx)["id"], listed[0].row["id"])
    return come.show("notifications.html", posts=listed)


@visit("GET /compose/post")
async def composer(come: Visit) -> Response:
    """The page to write on."""
    return _composer(come)


@visit("GET /intent/post")
async def intent(come: Visit) -> Response:
    """X's address for links that open a prefilled composer."""
    return _composer(come)


@visit("GET /intent/tweet")
async def intent_of_old(come: Visit) -> Response:
    """The same, as X's documentation still spells it."""
    return _composer(come)


@visit("POST /compose/post")
async def publish(come: Visit) -> Response:
    """Post it, or say in words why not and keep what was written."""
    files = await pictures.chosen(come)
    post_id = come.local_x.ids.mint(come.now_ms)
    try:
        with come.local_x.world.write() as tx:
            me = come.me(tx)
            kept = pictures.keep(tx, come, files, owner_id=me["id"], place="tweet")
            draft = compose.Draft(
                text=come.asked("text"),
                in_reply_to_id=come.number("in_reply_to"),
                quoted_id=come.number("quote"),
                media_ids=kept,
            )
            compose.publish(tx, draft, author=me, app=None, post_id=post_id, at_ms=come.now_ms)
    except errors.Problem as problem:
        return _composer(come, status=422, error=texts.sentence(problem))
    return come.on_to(f"/{me['username']}/status/{post_id}")


@visit("GET /i/edit/{post_id:int}")
async def edit(come: Visit) -> Response:
    """The page to change a post of mine on."""
    with come.local_x.world.read() as connection:
        found = _mine(come, connection)
    if not found.editable:
        raise errors.forbidden(errors.NOT_EDITABLE)
    return come.show("edit.html", post=found, text=found.row["written"])


@visit("POST /i/edit/{post_id:int}")
async def change(come: Visit) -> Response:
    """Post the new wording in place of the old, or say why not and keep what was written."""
    new_id = come.local_x.ids.mint(come.now_ms)
    with come.local_x.world.read() as connection:
        found, me = _mine(come, connection), come.me(connection)
    draft = compose.Draft(text=come.asked("text"), replaces_id=found.row["id"])
    try:
        with come.local_x.world.write() as tx:
            compose.publish(tx, draft, author=me, app=None, post_id=new_id, at_ms=come.now_ms)
    except errors.Problem as problem:
        said = texts.sentence(problem)
        return come.show("edit.html", status=422, error=said, post=found, text=draft.text)
    return come.on_to(f"/{me['username']}/status/{new_id}")


@visit("GET /i/delete/{post_id:int}")
async def ask_delete(come: Visit) -> Response:
    """Ask before a post is taken away."""
    with come.local_x.world.read() as connection:
        found = _mine(come, connection)
    return come.show("delete.html", post=found)


@visit("POST /i/delete/{post_id:int}")
async def delete(come: Visit) -> Response:
    """Take a post of mine away."""
    with come.local_x.world.write() as tx:
        posts.delete(tx, _mine(come, tx).row["id"], at_ms=come.now_ms)
        me = come.me(tx)
    return come.on_to(f"/{me['username']}")


def _mine(come: Visit, connection: Any) -> reads.Shown:
    post_id = come.request.path_params["post_id"]
    row = posts.get(connection, post_id, come.view(connection)) if post_id < 2**63 else None
    if row is None or row["author_id"] != come.me(connection)["id"]:
        raise NotHere
    return reads.shown(connection, row, come.view(connection))


def _home(come: Visit) -> Response:
    with come.local_x.world.read() as connection:
        listed = reads.home(connection, come.view(connection), before=come.number("before"))
    return come.show("home.html", posts=listed)


def _one(come: Visit, post_id: int) -> Response:
    if post_id >= 2**63:
        raise NotHere
    with come.local_x.world.read() as connection:
        view = come.view(connection)
        row = posts.get(connection, post_id, view)
        if row is None:
            raise NotHere
        told: dict[str, Any] = {
            "post": reads.shown(connection, row, view, whole=True),
            "above": reads.parents(connection, row, view),
            "below": reads.answers(connection, post_id, view),
            "earlier": reads.earlier(connection, post_id, view),
        }
    return come.show("post.html", **told)


def _composer(come: Visit, *, status: int = 200, error: str = "") -> Response:
    with come.local_x.world.read() as connection:
        view = come.view(connection)
        found = {}
        for name in ("in_reply_to", "quote"):
            row = posts.get(connection, come.number(name) or 0, view)
            found[name] = reads.shown(connection, row, view) if row else None
    return come.show("compose.html", status=status, error=error, text=come.asked("text"), **found)


ROUTES = [
    start,
    home,
    notifications,
    composer,
    intent,
    intent_of_old,
    publish,
    one_by_id,
    edit,
    change,
    ask_delete,
    delete,
    profile,
    one,
]
