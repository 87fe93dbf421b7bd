"""How lists of X are asked for: which fields, how they are paged, and when a page counts as an answer.

Shared by look-ups and collecting, so that both see the same things (law 2 needs what law 1 sees).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from careline.channels.base import Auth, HttpCall, HttpReply, Reply, Steps, Throttled
from careline.channels.base import Problem as Trouble
from careline.channels.x.limits import throttled
from careline.channels.x.reading import Json, decode, obj, objects, text
from careline.channels.x.refusals import Reason, is_rate_limit, problem

USER_FIELDS = {"user.fields": "id,name,profile_image_url,protected,username"}
#: The spelling of before August 2026: what X's own samples still use; answers are read in both (x-platform: 1.1).
POST_FIELDS = {
    "tweet.fields": "attachments,author_id,conversation_id,created_at,display_text_range,edit_history_tweet_ids,"
    "entities,id,in_reply_to_user_id,lang,note_tweet,referenced_tweets,text"
}
POST_EXPANSIONS = {
    "expansions": "attachments.media_keys,author_id,in_reply_to_user_id,referenced_tweets.id,"
    "referenced_tweets.id.author_id",
    **USER_FIELDS,
    "media.fields": "alt_text,media_key,preview_image_url,type,url,variants",
}
DM_FIELDS = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,participant_ids,"
    "referenced_tweets,sender_id,text",
    "event_types": "MessageCreate",
}
DM_EXPANSIONS = {
    "expansions": "attachments.media_keys,participant_ids,sender_id",
    **USER_FIELDS,
    "media.fields": "alt_text,media_key,preview_image_url,type,url,variants",
}
PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; `next_token` is "" on the last one."""

    items: tuple[Json, ...]
    includes: Json
    next_token: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A list to ask for. `endpoint` names its rate window."""

    path: str
    endpoint: str
    query: Mapping[str, str]


def ask(what: Asked, token: str, now_ms: int) -> Steps[Page | Throttled | Trouble]:
    """Ask for one page."""
    query = {**what.query, "max_results": str(PAGE), **({"pagination_token": token} if token else {})}
    return read_page((yield HttpCall("GET", what.path, what.endpoint, Auth.USER, query)), now_ms)


def read_page(reply: Reply, now_ms: int) -> Page | Throttled | Trouble:
    """The page in an answer; an empty list has no `data` at all."""
    if not isinstance(reply, HttpReply) or reply.status != 200:
        if isinstance(reply, HttpReply) and is_rate_limit(reply):
            return throttled(reply, now_ms, Auth.USER)
        return problem(reply)
    try:
        document = decode(reply.body)
    except ValueError as error:
        return Trouble(Reason.UNREADABLE, str(error))
    if "data" not in document and "meta" not in document:
        return problem(reply)
    items = tuple(objects(document.get("data")))
    return Page(items, obj(document.get("includes")), text(obj(document.get("meta")).get("next_token")))
