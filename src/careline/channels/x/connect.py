"""Asking X to report what concerns an account: the X Activity subscriptions, and the webhook where one is used.

Everything is looked at before it is made, so connecting again changes nothing. What an app may not have does not keep
the rest from being connected (law 9).
"""

from __future__ import annotations

from careline.channels.base import Auth, HttpCall, HttpReply, Problem, Reply, Steps
from careline.channels.x.reading import Json, decode, network_id, obj, objects, text
from careline.channels.x.refusals import Reason, problem

#: What X reports only with the account's own token (x-platform: 4.4). True: private.
EVENTS = {
    "post.create": False,
    "post.delete": False,
    "post.mention.create": True,
    "post.reply.create": True,
    "post.quote.create": True,
    "dm.received": True,
    "dm.sent": True,
    "dm.read": True,
}
#: Good to have: where X does not give these, the account is no worse connected.
_WELCOME = frozenset({"dm.read"})
_SUBSCRIPTIONS = "/2/activity/subscriptions"
_WEBHOOKS = "/2/webhooks"


def connect(account_network_id: str, now_ms: int, webhook_url: str | None = None) -> Steps[Problem | None]:
    """Make what is missing; None when all of it stands, else the first problem with the names of what is missing."""
    del now_ms  # the protocol gives every channel the time; nothing here depends on it
    webhook_id = (yield from _webhook(webhook_url)) if webhook_url else None
    if isinstance(webhook_id, Problem):
        return webhook_id
    existing = yield from _existing(account_network_id)
    if isinstance(existing, Problem):
        return existing
    missing: dict[str, Problem] = {}
    for event in EVENTS:
        trouble = yield from _subscribe(event, account_network_id, webhook_id, existing.get(event))
        if trouble is not None and event not in _WELCOME:
            missing[event] = trouble
    return _first(missing)


def _first(missing: dict[str, Problem]) -> Problem | None:
    if not missing:
        return None
    first = next(iter(missing.values()))
    return Problem(first.reason, f"{', '.join(missing)}: {first.detail}", first.advice)


def _existing(account: str) -> Steps[dict[str, Json] | Problem]:
    """This account's subscriptions by event type."""
    found: dict[str, Json] = {}
    token = ""
    while True:
        query = {"max_results": "1000", **({"pagination_token": token} if token else {})}
        reply = yield HttpCall("GET", _SUBSCRIPTIONS, f"GET {_SUBSCRIPTIONS}", Auth.APP, query)
        document = _document(reply)
        if isinstance(document, Problem):
            return document
        for one in subscriptions(document):
            if network_id(obj(one.get("filter")).get("user_id")) == account:
                found[text(one.get("event_type"))] = one
        token = text(obj(document.get("meta")).get("next_token"))
        if not token:
            return found


def subscriptions(document: Json) -> list[Json]:
    """The subscriptions in an answer: X has been seen to send one, a list, or one wrapped in `subscription`."""
    data = document.get("data")
    if isinstance(data, list):
        return list(objects(data))
    inner = obj(data).get("subscription")
    return [one for one in (obj(inner) or obj(data),) if one.get("subscription_id")]


def _subscribe(event: str, account: str, webhook_id: str | None, existing: Json | None) -> Steps[Problem | None]:
    if existing is not None and (webhook_id is None or text(existing.get("webhook_id")) == webhook_id):
        return None
    if existing is not None:
        path = f"{_SUBSCRIPTIONS}/{text(existing.get('subscription_id'))}"
        call = HttpCall(
            "PUT", path, f"PUT {_SUBSCRIPTIONS}/:id", Auth.APP, json={"webhook_id": webhook_id}, changes=True
        )
        return _done((yield call))
    wish = {"event_type": event, "filter": {"user_id": account}, "tag": event}
    body = {**wish, "webhook_id": webhook_id} if webhook_id else wish
    auth = Auth.USER if EVENTS[event] else Auth.APP
    return _done((yield HttpCall("POST", _SUBSCRIPTIONS, f"POST {_SUBSCRIPTIONS}", auth, json=body, changes=True)))


def _done(reply: Reply) -> Problem | None:
    if isinstance(reply, HttpReply) and 200 <= reply.status < 300:
        return None
    trouble = problem(reply)
    return None if "duplicate" in trouble.detail.lower() or "already exist" in trouble.detail.lower() else trouble


def _webhook(url: str) -> Steps[str | Problem]:
    """The id of our webhook, registered and valid; X calls it (CRC) before it answers."""
    listed = _document((yield HttpCall("GET", _WEBHOOKS, f"GET {_WEBHOOKS}", Auth.APP)))
    if isinstance(listed, Problem):
        return listed
    ours = next((one for one in objects(listed.get("data")) if one.get("url") == url), None)
    if ours is None:
        call = HttpCall("POST", _WEBHOOKS, f"POST {_WEBHOOKS}", Auth.APP, json={"url": url}, changes=True)
        made = _document((yield call))
        return made if isinstance(made, Problem) else _id(obj(made.get("data")))
    if ours.get("valid") is False:
        path = f"{_WEBHOOKS}/{text(ours.get('id'))}"
        again = _document((yield HttpCall("PUT", path, f"PUT {_WEBHOOKS}/:id", Auth.APP, changes=True)))
        if isinstance(again, Problem):
            return again
    return _id(ours)


def _id(webhook: Json) -> str | Problem:
    return network_id(webhook.get("id")) or Problem(Reason.UNREADABLE, "X did not name the webhook.")


def _document(reply: Reply) -> Json | Problem:
    if not isinstance(reply, HttpReply) or not 200 <= reply.status < 300:
        return problem(reply)
    try:
        return decode(reply.body)
    except ValueError as error:
        return Problem(Reason.UNREADABLE, str(error))
