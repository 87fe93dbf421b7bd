"""The two uses that X makes of an app's consumer secret at a webhook (x-platform section 4.1).

Both are ``sha256=`` and the base64 of an HMAC-SHA256; that they share key and form is X's own choice, and the
reason why a desk may answer a challenge only for tokens that cannot be a body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

HEADER = "x-twitter-webhooks-signature"


def sign(consumer_secret: str, message: bytes) -> str:
    """The value of the signature header for a raw body, and the right answer to a challenge token."""
    digest = hmac.digest(consumer_secret.encode(), message, hashlib.sha256)
    return "sha256=" + base64.b64encode(digest).decode("ascii")


def challenge_token() -> str:
    """A fresh ``crc_token``: opaque, 64 characters that fit a URL."""
    return secrets.token_urlsafe(48)


def answers(consumer_secret: str, token: str, response_token: object) -> bool:
    """Whether ``response_token`` is the right answer to a challenge."""
    right = sign(consumer_secret, token.encode())
    return isinstance(response_token, str) and hmac.compare_digest(right.encode(), response_token.encode())
