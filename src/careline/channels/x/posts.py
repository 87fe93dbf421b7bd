"""A v2 post, in either spelling, whole or partial, as one `PostSeen`.

Kept apart from the envelopes, because the Activity API, the lists and look-ups all carry the same object.
"""

from __future__ import annotations

from collections.abc import Iterator

from careline.channels.x import links, pictures
from careline.channels.x.people import ids_by_handle
from careline.channels.x.reading import Json, moment_ms, network_id, network_ids, obj, objects, pick, text
from careline.domain.facts import PostSeen


def read_post(post: Json, includes: Json) -> PostSeen | None:
    """The post, or None where X left out its id or its author and nothing can be made of it."""
    post_id, author_id = network_id(post.get("id")), network_id(post.get("author_id"))
    if not post_id or not author_id:
        return None
    names = references(post)
    reply_to, quoted = names.get("replied_to"), names.get("quoted")
    authors = _authors(includes)
    return PostSeen(
        id=post_id,
        author_id=author_id,
        text=_text(post, is_reply=reply_to is not None, quoted_id=quoted),
        created_ms=moment_ms(post, post_id),
        root_id=network_id(post.get("conversation_id")) or reply_to or post_id,
        versions=_versions(post, post_id),
        reply_to_id=reply_to,
        reply_to_user_id=network_id(post.get("in_reply_to_user_id")) or authors.get(reply_to or ""),
        quoted_id=quoted,
        quoted_user_id=authors.get(quoted or ""),
        repost_of_id=names.get("retweeted"),
        mentions=_mentions(post, includes),
        media=pictures.attached(post.get("attachments"), includes.get("media")),
        lang=text(post.get("lang")),
    )


def references(post: Json) -> dict[str, str]:
    """Ids of the posts that this one refers to: replied_to, quoted, retweeted."""
    found = {}
    for item in objects(pick(post, "referenced_tweets", "referenced_posts")):
        target = network_id(item.get("id"))
        if target:
            found[text(item.get("type")).replace("reposted", "retweeted")] = target
    answered = network_id(pick(post, "in_reply_to_tweet_id", "in_reply_to_post_id"))
    return {"replied_to": answered, **found} if answered else found


def _long(post: Json) -> Json:
    """The whole of a text of more than 280 characters; X puts a cut one into `text`."""
    note = obj(pick(post, "note_tweet", "note_post"))
    return note if text(note.get("text")) else {}


def _text(post: Json, *, is_reply: bool, quoted_id: str | None) -> str:
    long = _long(post)
    entities = obj(long.get("entities")) or obj(post.get("entities"))
    until = _display_start(post) if is_reply else 0
    return links.shown(text((long or post).get("text")), entities, carried_until=until, quoted_id=quoted_id)


def _display_start(post: Json) -> int | None:
    span = post.get("display_text_range")
    start = span[0] if isinstance(span, list) and span else None
    return start if isinstance(start, int) else None


def _versions(post: Json, post_id: str) -> tuple[str, ...]:
    told = network_ids(pick(post, "edit_history_tweet_ids", "edit_history_post_ids"))
    return tuple(sorted({*told, post_id}, key=int))


def _mentions(post: Json, includes: Json) -> tuple[str, ...]:
    handles = ids_by_handle(includes.get("users"))
    return tuple(dict.fromkeys(found for item in _named(post) if (found := _named_id(item, handles))))


def _named(post: Json) -> Iterator[Json]:
    for part in (post, obj(pick(post, "note_tweet", "note_post"))):
        yield from objects(obj(part.get("entities")).get("mentions"))


def _named_id(mention: Json, handles: dict[str, str]) -> str | None:
    return network_id(mention.get("id")) or handles.get(text(mention.get("username")).lower())


def _authors(includes: Json) -> dict[str, str]:
    """Who wrote the posts that X sent along."""
    found = ((network_id(item.get("id")), network_id(item.get("author_id"))) for item in included_posts(includes))
    return {post: author for post, author in found if post and author}


def included_posts(includes: Json) -> Iterator[Json]:
    """Posts sent along with an answer, in either spelling."""
    return objects(pick(includes, "tweets", "posts"))
