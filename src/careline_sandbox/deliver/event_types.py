"""The activity event types that X knows, and what a subscriber must hold for each (x-platform 4.4).

The list is X's OpenAPI description of August 2026, plus ``oauth.revoke`` from its prose. Subscribing to any of
them works; the local X itself makes those of posts, messages, typing and blocks happen.
"""

from __future__ import annotations

_PROFILE = "bio profile_picture banner_picture screenname geo url verified_badge affiliate_badge handle"

_PUBLIC = {
    *(f"profile.update.{part}" for part in _PROFILE.split()),
    *("news.new", "follow.follow", "follow.unfollow", "spaces.start", "spaces.end"),
    *("broadcast.start", "broadcast.end", "post.create", "post.delete", "oauth.revoke"),
}
_CHAT = (
    "received sent conversation.join conversation.member_added conversation.member_removed"
    " conversation.admin_added conversation.admin_removed update.group_name update.restrictions"
)
# Private types: the scope that the person's OAuth 2.0 token must carry (OAuth 1.0a tokens carry all).
_PRIVATE = {
    **{f"chat.{part}": "dm.read" for part in _CHAT.split()},
    **{f"dm.{part}": "dm.read" for part in ("sent", "received", "indicate_typing", "read")},
    **{f"post.{part}.create": "tweet.read" for part in ("mention", "reply", "quote", "repost")},
    "like.create": "like.read",
    "broadcast.chat": "broadcast.read",
    **{f"mute.{part}": "mute.read" for part in ("mute", "unmute")},
    **{f"block.{part}": "block.read" for part in ("block", "unblock")},
}
_ALIASES = {"chat.conversation_join": "chat.conversation.join"}
WITHOUT_USER = {"oauth.revoke", "news.new"}
WITHOUT_DIRECTION = {"mute.mute", "mute.unmute", "block.block", "block.unblock"}


def canonical(name: str) -> str | None:
    """The name X answers with, its deprecated alias replaced; None for an unknown type."""
    known = _ALIASES.get(name, name)
    return known if known in _PUBLIC or known in _PRIVATE else None


def scope_for(event_type: str) -> str | None:
    """The scope that a person must have granted for a private event type; None for a public one."""
    return _PRIVATE.get(event_type)
