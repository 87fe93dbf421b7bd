"""Fetching a message's picture: public ones without any token, private ones through X's media endpoint.

Private media are named by an address on ton.twitter.com whose last three parts are the parameters of an endpoint that
takes an OAuth 2.0 user token (x-platform: 1.1). The host in such an address is never called: no token leaves for it.
"""

from __future__ import annotations

import re

from careline.channels.base import Auth, Fetched, HttpCall, HttpReply, Problem, Steps, Throttled
from careline.channels.x.limits import read_limits
from careline.channels.x.refusals import Reason, is_rate_limit, problem

_PRIVATE = re.compile(
    r"https?://[^/?#]+/1\.1/ton/data/dm/([0-9]{1,20})/([0-9]{1,20})/([A-Za-z0-9_-][A-Za-z0-9_.-]{0,199})(?:[?#]|$)"
)
_MAX_BYTES = 20_000_000
_TIMEOUT_S = 60


def fetch_media(url: str) -> Steps[Fetched | Throttled | Problem]:
    """The bytes behind `url`, an address that `parse` gave."""
    if not url.startswith(("https://", "http://")):
        return Problem(Reason.NO_ADDRESS, "X named the picture without saying where it is.")
    private = _PRIVATE.match(url)
    if private is None:
        reply = yield HttpCall("GET", url, "GET media", Auth.NONE, max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S)
    else:
        path = "/2/dm_conversations/media/" + "/".join((private.group(1), private.group(2), private.group(3)))
        endpoint = "GET /2/dm_conversations/media/:dm/:media/:resource"
        reply = yield HttpCall("GET", path, endpoint, Auth.USER_OAUTH2, max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S)
    if isinstance(reply, HttpReply) and reply.status == 200:
        return Fetched(reply.body, reply.headers.get("content-type", ""))
    if isinstance(reply, HttpReply) and is_rate_limit(reply):
        ahead = [window.reset_ms for window in read_limits(reply.headers, Auth.USER) if window.remaining <= 0]
        return Throttled(max(ahead), "rate limit") if ahead else problem(reply)
    return problem(reply)
