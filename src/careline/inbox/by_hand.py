"""The way round: a link that opens X with an answer prepared, for what its API refuses.

X documents such links as web intents (docs.x.com, X for websites); the local X takes them where it answers everything.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from careline.channels.x.links import dm_link
from careline.store.models import Account, Message

_X = frozenset({"api.x.com", "api.twitter.com"})


def answer_there(account: Account, post_id: str, text: str = "") -> str:
    """The address of a composer that answers `post_id`, with `text` already in it."""
    base = account.app.api_base
    origin = "https://x.com" if urlsplit(base).hostname in _X else base.rstrip("/")
    asked = {"in_reply_to": post_id, **({"text": text} if text else {})}
    return f"{origin}/intent/tweet?{urlencode(asked)}"


def words(message: Message, account: Account) -> str:
    """What a message of ours says when a person posts it: an invitation's link, a button otherwise, is in the text."""
    invite = message.shape.get("invite")
    return f"{message.text} {dm_link(account.network_id, invite['first_line'])}" if invite else message.text
