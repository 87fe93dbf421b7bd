"""What a request asked for: fields, expansions, and in which of X's two spellings (x-platform 1.1, 14.15).

In August 2026 X renamed "tweet" to "post" in its description of the API while the prose and captured payloads
kept "tweet". A request that uses a new name is answered in the new spelling, every other one in the old.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from careline_sandbox.wire import errors


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set: field lists read better so than quoted one by one."""
    return frozenset(text.split())


POST_FIELDS = names("""
    article article_title attachments author_id card_uri community_id context_annotations
    conversation_id created_at display_text_range edit_controls edit_history_tweet_ids entities geo
    id in_reply_to_tweet_id in_reply_to_user_id lang matched_media_notes media_metadata
    non_public_metrics note_request_suggestions note_tweet organic_metrics paid_partnership
    possibly_sensitive promoted_metrics public_metrics referenced_tweets reply_settings scopes
    source suggested_source_links suggested_source_links_with_counts text withheld
    """)
USER_FIELDS = names("""
    affiliation confirmed_email connection_status created_at description entities id
    is_identity_verified location most_recent_tweet_id name parody pinned_tweet_id
    profile_banner_url profile_image_url protected public_metrics receives_your_dm
    subscribes_to_you subscription subscription_type url username verified verified_followers_count
    verified_type withheld
    """)
MEDIA_FIELDS = names("""
    alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url
    promoted_metrics public_metrics type url variants width
    """)
DM_FIELDS = names("""
    attachments created_at dm_conversation_id entities event_type id participant_ids
    referenced_tweets sender_id text
    """)
POST_EXPANSIONS = names("""
    article.cover_media article.media_entities attachments.media_keys
    attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids
    entities.mentions.username entities.note.mentions.username geo.place_id in_reply_to_user_id
    referenced_tweets referenced_tweets.id referenced_tweets.id.attachments.media_keys
    referenced_tweets.id.author_id username
    """)
DM_EXPANSIONS = names("""
    attachments.media_keys participant_ids referenced_tweets referenced_tweets.id sender_id
    """)
USER_EXPANSIONS = names("""
    affiliation affiliation.user_id most_recent_tweet_id pinned_tweet_id
    """)

_NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "in_reply_to_tweet_id": "in_reply_to_post_id",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "most_recent_tweet_id": "most_recent_post_id",
    "pinned_tweet_id": "pinned_post_id",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
    "attachments.media_source_tweet": "attachments.media_source_post",
}
_OLD_NAMES = {new: old for old, new in _NEW_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """The parsed selection, always in old names; ``new_spelling`` says how to answer."""

    post_fields: frozenset[str] = field(default_factory=frozenset)
    user_fields: frozenset[str] = field(default_factory=frozenset)
    media_fields: frozenset[str] = field(default_factory=frozenset)
    dm_fields: frozenset[str] = field(default_factory=frozenset)
    expansions: frozenset[str] = field(default_factory=frozenset)
    new_spelling: bool = False

    def expands(self, name: str) -> bool:
        """Whether an expansion was asked for, or one that lies behind it. The new spelling has no ``.id``."""
        return any(f"{asked}.".startswith(f"{name}.") for asked in self.expansions)

    @property
    def expanded_keys(self) -> frozenset[str]:
        """The keys that expansions bring with them, whether or not they were asked for as fields."""
        return frozenset(name.partition(".")[0] for name in self.expansions)

    def spell(self, name: str) -> str:
        """A key in the spelling of this request."""
        return _NEW_NAMES.get(name, name) if self.new_spelling else name


def parse(query: Mapping[str, str], *, expansions: frozenset[str]) -> Asked:
    """Read the selection out of a query string; ``expansions`` are those that the endpoint knows.

    Raises errors.Problem (400, naming the parameter) for a value that X does not know.
    """
    posts_key = "post.fields" if "post.fields" in query else "tweet.fields"
    expanded = _values(query, "expansions", expansions)
    new = "post.fields" in query or any(_is_new(value) for value in _split(query.get("expansions", "")))
    return Asked(
        post_fields=_values(query, posts_key, POST_FIELDS),
        user_fields=_values(query, "user.fields", USER_FIELDS),
        media_fields=_values(query, "media.fields", MEDIA_FIELDS),
        dm_fields=_values(query, "dm_event.fields", DM_FIELDS),
        expansions=expanded,
        new_spelling=new and "tweet.fields" not in query,
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_new(name: str) -> bool:
    return _old(name) != name


def _old(name: str) -> str:
    if name in _OLD_NAMES:
        return _OLD_NAMES[name]
    head, dot, tail = name.partition(".")
    return _OLD_NAMES.get(head, head) + dot + tail


def _values(query: Mapping[str, str], key: str, known: Iterable[str]) -> frozenset[str]:
    allowed = frozenset(known)
    asked = _split(query.get(key, ""))
    for value in asked:
        if _old(value) not in allowed:
            listed = ",".join(sorted(allowed))
            raise errors.invalid(
                f"The `{key}` query parameter value [{value}] is not one of [{listed}]", **{key: query[key]}
            )
    return frozenset(_old(value) for value in asked)
