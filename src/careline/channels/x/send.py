"""Sending a public answer or a Direct Message, and what each of X's answers means for law 2.

X has no idempotency key: once a request has left us, only X's own word settles what became of it.
"""

from __future__ import annotations

from careline.channels.base import Auth, HttpCall, HttpReply, NoReply, Outbound, Outcome, Refused, Sent, Steps, Unknown
from careline.channels.x.limits import throttled
from careline.channels.x.links import dm_link
from careline.channels.x.reading import decode, network_id, obj
from careline.channels.x.refusals import Reason, is_rate_limit, refused, words


def send(message: Outbound, now_ms: int) -> Steps[Outcome]:
    """Send it; one call, never repeated here."""
    call = _direct(message) if message.recipient_id else _post(message)
    return _outcome((yield call), now_ms)


def _direct(message: Outbound) -> HttpCall:
    return HttpCall(
        "POST",
        f"/2/dm_conversations/with/{message.recipient_id}/messages",
        "POST /2/dm_conversations/with/:id/messages",
        json={"text": message.text},
        changes=True,
    )


def _post(message: Outbound) -> HttpCall:
    """A public post. The invitation travels in a field of its own: in the text it costs 23 of the 280 characters and
    the price of a post with a link (x-platform: 3.1, 14.8).
    """
    body: dict[str, object] = {"text": message.text}
    if message.reply_to_id:
        body["reply"] = {"in_reply_to_tweet_id": message.reply_to_id} | (
            {"exclude_reply_user_ids": list(message.leave_out)} if message.leave_out else {}
        )
    if message.dm_link_recipient_id:
        link = dm_link(message.dm_link_recipient_id, message.dm_link_text)
        if message.dm_link_in_text:
            body["text"] = f"{message.text} {link}"
        else:
            body["direct_message_deep_link"] = link
    return HttpCall("POST", "/2/tweets", "POST /2/tweets", json=body, changes=True)


def _outcome(reply: HttpReply | NoReply, now_ms: int) -> Outcome:
    if isinstance(reply, NoReply):
        if reply.left:
            return Unknown(reply.detail)
        return Refused(permanent=False, reason=Reason.UNREACHABLE, detail=reply.detail)
    if 200 <= reply.status < 300:
        return _taken(reply)
    if reply.status >= 500:
        return Unknown(words(reply), answered=True)
    if is_rate_limit(reply):
        return throttled(reply, now_ms, Auth.USER)
    return refused(reply)


def _taken(reply: HttpReply) -> Outcome:
    """X took it. An answer without an id does not undo that: the message is looked up, and never sent again unasked."""
    try:
        data = obj(decode(reply.body).get("data"))
    except ValueError:
        data = {}
    made = network_id(data.get("dm_event_id")) or network_id(data.get("id"))
    return Sent(made) if made else Unknown("X took the message but did not name it.")
