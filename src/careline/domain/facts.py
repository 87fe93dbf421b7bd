"""What a network told us, in one vocabulary: the facts that channels parse and `actions.receive` keeps.

Times are milliseconds since 1970 UTC, ids are the network's own strings. A fact is a claim about the world, so
the same fact may come many times, by many roads, in any order (law 1): nothing here says when it arrived.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as the network showed them at `as_of` (ms)."""

    id: str
    handle: str
    name: str
    avatar_url: str = ""
    protected: bool = False
    as_of: int = 0


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, GIF or video on a message. `url` may need our token; never shown to a browser.

    `poster`: the still that stands for moving pictures, where the network has one.
    """

    key: str
    kind: str
    url: str
    alt: str = ""
    poster: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PostSeen:
    """A public post, or one version of it.

    `versions`: all ids of its edit history, oldest first; the first names the post for good.
    `text`: as shown to a reader: links expanded, the leading @names that a reply only carries left out.
    `mentions`: ids of everyone named, carried names included. `root_id`: the post that began the thread.
    """

    id: str
    author_id: str
    text: str
    created_ms: int
    root_id: str
    versions: tuple[str, ...] = ()
    reply_to_id: str | None = None
    reply_to_user_id: str | None = None
    quoted_id: str | None = None
    quoted_user_id: str | None = None
    repost_of_id: str | None = None
    mentions: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class DmSeen:
    """A private message between two people, one of them ours. `about_post_ids`: posts shared in it."""

    id: str
    sender_id: str
    recipient_id: str
    text: str
    created_ms: int
    media: tuple[Media, ...] = ()
    about_post_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DmRead:
    """`reader_id` had read the private messages of `writer_id` up to this moment."""

    reader_id: str
    writer_id: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A post or DM was taken away at the network. `kind` is "post" or "dm"."""

    kind: str
    id: str
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something understood that makes no message (a like, a follow, an encrypted chat): counted by name."""

    what: str


Fact = PostSeen | DmSeen | DmRead | Gone | Noticed


@dataclass(frozen=True, slots=True)
class Parsed:
    """One payload, read. `account_id`: the network id of the account of ours it was addressed to, if it says."""

    account_id: str | None = None
    facts: tuple[Fact, ...] = ()
    profiles: tuple[Profile, ...] = field(default=())
