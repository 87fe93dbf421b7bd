"""Proof that a webhook call is X's: the challenge that X puts to us, and the signature on each event.

Both are an HMAC-SHA256 with the app's consumer secret, so whoever can make us answer any challenge can have any body
signed. Only tokens that can be no JSON object are answered, and a body that looks like a token is never believed
(x-platform: 4.1, the signing-oracle trap).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

#: X's tokens are base64 of a random value; anything shorter, longer or with other signs is not from X.
_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{16,128}")
_HEADER = "x-twitter-webhooks-signature"


def handshake(query: Mapping[str, str], secret: str) -> bytes | None:
    """The JSON answer to X's challenge (?crc_token=...), or None if this is no well-formed challenge."""
    token = query.get("crc_token", "")
    if not secret or not _TOKEN.fullmatch(token):
        return None
    return b'{"response_token":"' + _mac(token.encode(), secret) + b'"}'


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Whether the raw body carries the signature of this app (header names in lower case); constant time."""
    if not secret or _TOKEN.fullmatch(body.decode("latin-1")):
        return False
    return hmac.compare_digest(headers.get(_HEADER, "").encode("utf-8", "replace"), _mac(body, secret))


def _mac(message: bytes, secret: str) -> bytes:
    return b"sha256=" + base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256))
