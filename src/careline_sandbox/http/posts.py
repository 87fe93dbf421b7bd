"""Posts over HTTP: create, delete, look up, timelines, recent search (x-platform sections 4.5 and 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from careline_sandbox.http import paging
from careline_sandbox.http.auth import ANY, USER
from careline_sandbox.http.calls import Call, answer, check_keys, endpoint, read_body, read_id
from careline_sandbox.ids import first_at
from careline_sandbox.rules import compose, query
from careline_sandbox.wire import errors, fields
from careline_sandbox.wire import posts as wire
from careline_sandbox.wire.escape import escaped
from careline_sandbox.world import people, posts
from careline_sandbox.world.posts import Span

READ = ("tweet.read", "users.read")
SELECTION = ("tweet.fields", "post.fields", "user.fields", "media.fields", "poll.fields", "place.fields", "expansions")
_BOUNDS = ("max_results", "pagination_token", "since_id", "until_id", "start_time", "end_time")
_BODY = fields.names("""
    card_uri community_id direct_message_deep_link edit_options for_super_followers_only geo
    made_with_ai media nullcast paid_partnership poll quote_tweet_id reply reply_settings
    share_with_followers text
    """)
_UNSERVED = fields.names("card_uri community_id edit_options geo poll nullcast for_super_followers_only")
_MEDIA = fields.names("call_to_actions description embeddable media_ids preview_media_id tagged_user_ids title")
_REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
_DEEP_LINK = re.compile(
    r"https://(?:www\.)?(?:x|twitter)\.com/messages/compose\?(?:\S*&)?recipient_id=\d{1,19}(?:&\S*)?"
)
_SEARCH_DAYS_MS = 7 * 86_400_000


@endpoint("POST /2/tweets", accepts=USER, scopes=("tweet.read", "tweet.write", "users.read"))
async def create(call: Call) -> Response:
    """Publish a post for the caller, if X's rules allow it."""
    draft = _draft(await read_body(call, allowed=_BODY))
    post_id = call.local_x.ids.mint(call.now_ms)
    with call.local_x.world.write() as tx:
        author = people.get(tx, call.person_id)
        if author is None:
            raise errors.unauthorized()
        text = compose.publish(
            tx,
            draft,
            author=author,
            app=call.caller.app,
            post_id=post_id,
            at_ms=call.now_ms,
            visible_at_ms=call.visible_at_ms,
        )
    return answer(
        {"data": {"id": str(post_id), "text": escaped(text), "edit_history_tweet_ids": [str(post_id)]}}, status=201
    )


@endpoint("DELETE /2/tweets/{id}", accepts=USER, scopes=("tweet.read", "tweet.write", "users.read"))
async def delete(call: Call) -> Response:
    """Take away one of the caller's posts; one that is gone already is as good as deleted."""
    post_id = call.path_id("id")
    with call.local_x.world.write() as tx:
        row = posts.raw(tx, post_id)
        if row is not None and row["author_id"] != call.person_id:
            raise errors.forbidden("You are not authorized to delete this Tweet.")
        posts.delete(tx, post_id, at_ms=call.now_ms)
    return answer({"data": {"deleted": True}})


@endpoint("GET /2/tweets", accepts=ANY, scopes=READ, query=("ids", *SELECTION))
async def look_up_many(call: Call) -> Response:
    """Up to 100 posts by id; those that are missing are named under ``errors``."""
    params = call.request.query_params
    ids = [part for part in params.get("ids", "").split(",") if part]
    if not 1 <= len(ids) <= 100:
        raise errors.invalid("The number of values in the `ids` query parameter list is not between 1 and 100")
    return _looked_up(call, [read_id(part, parameter="ids") for part in ids], parameter="ids", many=True)


@endpoint("GET /2/tweets/{id}", accepts=ANY, scopes=READ, query=SELECTION)
async def look_up(call: Call) -> Response:
    """One post by id."""
    return _looked_up(call, [call.path_id("id")], parameter="id", many=False)


@endpoint("GET /2/users/{id}/tweets", accepts=ANY, scopes=READ, query=("exclude", *_BOUNDS, *SELECTION))
async def timeline(call: Call) -> Response:
    """A person's posts, newest first; ``exclude=replies`` leaves answers out (there are no reposts here)."""
    person_id = call.path_id("id")
    params = call.request.query_params
    exclude = {part for part in params.get("exclude", "").split(",") if part}
    if exclude - {"replies", "retweets"}:
        message = f"The `exclude` query parameter value [{params['exclude']}] is not one of [replies,retweets]"
        raise errors.invalid(message, exclude=params["exclude"])

    def fetch(connection: Any, span: Span) -> list[Any]:
        return posts.by_author(connection, person_id, call.view, span, replies="replies" not in exclude)

    return _list(call, fetch, low=5, default=10, about=person_id)


@endpoint("GET /2/users/{id}/mentions", accepts=ANY, scopes=READ, query=(*_BOUNDS, *SELECTION))
async def mentions(call: Call) -> Response:
    """Posts that name a person, in the body or by answering them, newest first."""
    person_id = call.path_id("id")

    def fetch(connection: Any, span: Span) -> list[Any]:
        return posts.mentions_of(connection, person_id, call.view, span)

    return _list(call, fetch, low=5, default=10, about=person_id)


@endpoint(
    "GET /2/tweets/search/recent",
    accepts=ANY,
    scopes=READ,
    query=("query", "next_token", "sort_order", *_BOUNDS, *SELECTION),
)
async def search_recent(call: Call) -> Response:
    """Posts of the last seven days that fit a query, newest first."""
    text = call.request.query_params.get("query", "")
    if not 1 <= len(text) <= 512:
        raise errors.invalid("The `query` query parameter length is not between 1 and 512", query=text)
    with call.local_x.world.read() as connection:
        condition = query.compile_query(connection, text)
    oldest = first_at(call.now_ms - _SEARCH_DAYS_MS)

    def fetch(connection: Any, span: Span) -> list[Any]:
        where = f"p.id >= ? AND ({condition.sql})"
        return posts.listed(connection, call.view, span, where=where, values=(oldest, *condition.values))

    return _list(call, fetch, low=10, default=10)


def _draft(body: Mapping[str, Any]) -> compose.Draft:
    """What the body of ``POST /2/tweets`` asks for. Raises errors.Problem (400) for what does not fit X's schema."""
    for name in _UNSERVED & body.keys():
        if body[name]:
            raise errors.forbidden(f"The local X does not serve `{name}`.")
    text, settings = body.get("text", ""), body.get("reply_settings", "everyone")
    reply, media, link = body.get("reply") or {}, body.get("media") or {}, body.get("direct_message_deep_link")
    if not isinstance(text, str) or not isinstance(reply, dict) or not isinstance(media, dict):
        raise errors.invalid("$: the request body does not match the schema")
    check_keys(reply, ("in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"), at="$.reply")
    check_keys(media, _MEDIA, at="$.media")
    if "reply_settings" in body and settings not in _REPLY_SETTINGS:
        raise errors.invalid(f"$.reply_settings: does not have a value in the enumeration {list(_REPLY_SETTINGS)}")
    if link is not None and (not isinstance(link, str) or not _DEEP_LINK.fullmatch(link)):
        raise errors.invalid("The `direct_message_deep_link` is not a link to compose a Direct Message.")
    quoted, parent = body.get("quote_tweet_id"), reply.get("in_reply_to_tweet_id")
    if quoted is not None and (media or link):
        raise errors.invalid("A post can have a quote, media or a Direct Message link, but not several.")
    excluded, attached = reply.get("exclude_reply_user_ids") or [], media.get("media_ids") or []
    return compose.Draft(
        text=text,
        in_reply_to_id=None if parent is None else read_id(parent, parameter="reply.in_reply_to_tweet_id"),
        exclude_reply_user_ids=frozenset(read_id(who, parameter="reply.exclude_reply_user_ids") for who in excluded),
        quoted_id=None if quoted is None else read_id(quoted, parameter="quote_tweet_id"),
        media_ids=tuple(read_id(key, parameter="media.media_ids") for key in attached),
        deep_link=link,
        reply_settings=settings,
    )


def _looked_up(call: Call, ids: list[int], *, parameter: str, many: bool) -> Response:
    asked = fields.parse(call.request.query_params, expansions=fields.POST_EXPANSIONS)
    found, missing = [], []
    with call.local_x.world.read() as connection:
        for post_id in dict.fromkeys(ids):
            if row := posts.get(connection, post_id, call.view):
                found.append(row)
                continue
            hidden = posts.is_hidden_author(connection, post_id, call.view)
            refuse = errors.not_authorized if hidden else errors.not_found
            missing.append(refuse("tweet", parameter, str(post_id)))
        shown = [wire.render(connection, row, asked=asked) for row in found]
        brought = wire.includes(connection, found, view=call.view, asked=asked)
    body = {"data": shown if many else shown[0]} if shown else {}
    extras = {"includes": brought, "errors": missing}
    return answer({**body, **{key: value for key, value in extras.items() if value}})


def _list(call: Call, fetch: Any, *, low: int, default: int, about: int | None = None) -> Response:
    """One page of a list of posts. ``about`` is the person whose list it is, who has to exist."""
    params = call.request.query_params
    asked = fields.parse(params, expansions=fields.POST_EXPANSIONS)
    limit = paging.read_count(params, low=low, high=100, default=default)
    turn = paging.read_turn(params, "pagination_token", "next_token")
    span = _span(params, limit=limit, turn=turn)
    with call.local_x.world.read() as connection:
        if about is not None and people.get(connection, about) is None:
            return answer({"errors": [errors.not_found("user", "id", str(about))]})
        page, meta = paging.cut(fetch(connection, span), limit=limit, turn=turn)
        shown = [wire.render(connection, row, asked=asked) for row in page]
        brought = wire.includes(connection, page, view=call.view, asked=asked)
    if page:
        meta = {"newest_id": str(page[0]["id"]), "oldest_id": str(page[-1]["id"]), **meta}
    body = {"data": shown, "includes": brought}
    return answer({**{key: value for key, value in body.items() if value}, "meta": meta})


def _span(params: Mapping[str, str], *, limit: int, turn: paging.Turn | None) -> Span:
    after = read_id(params["since_id"], parameter="since_id") if "since_id" in params else 0
    before = read_id(params["until_id"], parameter="until_id") if "until_id" in params else paging.TOP
    upwards = turn is not None and turn.upwards
    if turn is not None:
        after, before = (max(after, turn.edge), before) if upwards else (after, min(before, turn.edge))
    return Span(
        limit=limit + 1,
        after=after,
        before=before,
        from_ms=paging.read_time(params, "start_time", default=0),
        to_ms=paging.read_time(params, "end_time", default=2**62),
        upwards=upwards,
    )


ROUTES = [create, search_recent, look_up_many, look_up, delete, timeline, mentions]
