"""What a network has to be able to do, as pure functions and generators (sans-I/O).

A generator yields `HttpCall`s and is sent a `Reply` for each; `network.perform` runs it. So every channel can be
tested with nothing but data, there is one HTTP client for all, and what a failed call means is decided here, once,
by the code that knows the network. Contract after the style of sans-io protocol libraries (sans-io.readthedocs.io).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

from careline.domain.facts import Parsed
from careline.domain.words import Kind


class Auth(StrEnum):
    """Whose name a call is made in. USER: whichever user token the account has, OAuth 1.0a first."""

    NONE = "none"
    APP = "app"
    USER = "user"
    USER_OAUTH1 = "user_oauth1"
    USER_OAUTH2 = "user_oauth2"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a multipart body."""

    field: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request. `path` is relative to the app's API base, or absolute for media; `endpoint` names its rate window.

    `changes`: the call has an effect at the network, so no answer means "unknown", not "again".
    """

    method: str
    path: str
    endpoint: str
    auth: Auth = Auth.USER
    query: Mapping[str, str] = field(default_factory=dict)
    json: object | None = None
    form: Mapping[str, str] | None = None
    upload: Upload | None = None
    changes: bool = False
    timeout_s: float = 20.0
    max_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The network's answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoReply:
    """No answer came. `left`: the request may have reached the network (False: the connection never stood).

    `too_large`: an answer came, but it was longer than the call's `max_bytes`; asking again brings the same.
    """

    left: bool
    detail: str
    too_large: bool = False


Reply = HttpReply | NoReply


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message to send. Exactly one of `reply_to_id` (a post) and `recipient_id` (a DM) says whom it answers.

    `dm_link_recipient_id`: our numeric id, when a public answer carries an invitation to write privately;
    `dm_link_text`: the prefilled first line of that private message. `dm_link_in_text`: the link goes into the text
    itself, because this account cannot carry it in a field of its own (its capabilities say so, law 9).
    `leave_out`: network ids of those whom the network would notify by itself and shall not.
    """

    kind: Kind
    text: str
    account_network_id: str
    reply_to_id: str | None = None
    recipient_id: str | None = None
    dm_link_recipient_id: str | None = None
    dm_link_text: str = ""
    dm_link_in_text: bool = False
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The network has it, under this id."""

    network_id: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """Not taken; the network says when to come again (ms since 1970)."""

    until_ms: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken. `reason`: a short code (docs/refusals.md lists them); `detail`: the network's own words.

    `permanent` False: worth another try later (the server could not be reached, or our token must be renewed).
    """

    permanent: bool
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The network may or may not have it. `answered`: it did answer, with a server error."""

    detail: str
    answered: bool = False


Outcome = Sent | Throttled | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing of ours that the network shows and that could be the message looked for."""

    network_id: str
    text: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a look-up found: candidates, oldest first. `complete`: the whole span since the attempt was seen."""

    candidates: tuple[Shown, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """How far an account's lists have been read: the highest post id and DM event id seen, or None for never."""

    post_id: str | None = None
    dm_id: str | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """What was asked for: payloads that `parse` reads, one item each, oldest first, and the new marks.

    `covered` False: the lists did not reach back to the marks (an outage longer than they remember).
    `trouble`: the network's words where a list could not be read, else "".
    """

    payloads: tuple[bytes, ...]
    marks: Marks
    covered: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Introduced:
    """People whom the network knows: payloads that `parse` reads, one person each."""

    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A set-up or fetch step that did not work: what the network said, and what a person can do."""

    reason: str
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes of a picture and the type the network claims for it (not to be believed)."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Limit:
    """What an answer's headers say about one rate window. `daily`: the 24-hour one, `app_wide`: shared by all accounts.

    `reset_ms`: when it is full again (ms since 1970).
    """

    limit: int
    remaining: int
    reset_ms: int
    daily: bool = False
    app_wide: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; an account's own capabilities narrow it (law 9)."""

    post_weight: int
    dm_chars: int
    dm_link: bool


T = TypeVar("T")
Steps = Generator[HttpCall, Reply, T]


class Channel(Protocol):
    """Members are pure: no sockets, no database, no clock (`now_ms` is given)."""

    name: str
    can: Capabilities

    def handshake(self, query: Mapping[str, str], secret: str) -> bytes | None:
        """Answer the network's challenge to a webhook, or None if this is no well-formed challenge."""
        ...

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        """Whether the raw body carries this app's signature; constant time."""
        ...

    def parse(self, payload: bytes) -> Parsed:
        """Read one logged payload. Raises ValueError (with words) when it cannot be understood."""
        ...

    def redact(self, payload: bytes, reason: str) -> bytes:
        """The payload without what a person wrote or showed, keeping ids, times and references; parse reads it.

        With `reason` and the SHA-256 of the payload as it first was.
        """
        ...

    def send(self, message: Outbound, now_ms: int) -> Steps[Outcome]:
        """Send it."""
        ...

    def look_up(self, message: Outbound, since_ms: int, now_ms: int) -> Steps[LookedUp | Throttled | Problem]:
        """List what the network shows that could be `message`, made since `since_ms`."""
        ...

    def collect(self, account_network_id: str, marks: Marks, now_ms: int) -> Steps[Collected]:
        """Ask the network's lists for everything after `marks`."""
        ...

    def introduce(self, ids: Sequence[str], now_ms: int) -> Steps[Introduced | Throttled | Problem]:
        """Ask who these people are (at most 100 network ids); the network leaves out whom it does not know."""
        ...

    def connect(self, account_network_id: str, now_ms: int, webhook_url: str | None = None) -> Steps[Problem | None]:
        """Make or complete the subscriptions of an account; calling it again changes nothing.

        `webhook_url`: our public address, where the app takes events by webhook; it is registered if it is not yet.
        """
        ...

    def stream(self, backfill_minutes: int) -> HttpCall:
        """The call that opens the app's live stream (one JSON payload a line)."""
        ...

    def limits(self, headers: Mapping[str, str], auth: Auth) -> tuple[Limit, ...]:
        """The rate windows that the headers of an answer (names in lower case) to a call made as `auth` tell of."""
        ...

    def fetch_media(self, url: str, message_id: str) -> Steps[Fetched | Throttled | Problem]:
        """Fetch a picture of a message with the account's token."""
        ...
