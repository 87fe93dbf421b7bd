"""Challenging webhooks again from time to time, and giving up those that fail (x-platform section 4.1).

X's pages disagree on the times; the more precise one is followed. Every half hour those are challenged that have
not passed for a day. A wrong answer, a redirect or a bad certificate ends deliveries at once, other trouble once
it has lasted (24 and 4 hours make the 28 that X names); a ``PUT`` that passes begins them again.
"""

from __future__ import annotations

import logging
import sqlite3

from careline_sandbox import waiting
from careline_sandbox.deliver import challenge, office, registry
from careline_sandbox.deliver.challenge import Outcome
from careline_sandbox.deliver.office import Office
from careline_sandbox.deliver.registry import Webhook
from careline_sandbox.world import apps

_EVERY_MS = 30 * 60_000
_GOOD_FOR_MS = 24 * 3_600_000
_PATIENCE_MS = 4 * 3_600_000
_LOOK_S = 1.0
_log = logging.getLogger("careline_sandbox.deliver")


async def keep_checking(post: Office) -> None:
    """Check what is due, now and every half hour by the sandbox's clock, until cancelled."""
    while True:
        begun_ms = post.clock.now_ms()
        try:
            await check_all(post)
        except sqlite3.Error:
            _log.exception("the state cannot be used; webhooks are checked again later")
        await waiting.until(post.clock, begun_ms + _EVERY_MS, look_s=_LOOK_S)


async def check_all(post: Office) -> None:
    """Challenge every webhook that is in use and has not passed for a day."""
    with post.world.read() as connection:
        now_ms = post.clock.now_ms()
        due = [hook for hook in registry.webhooks(connection) if hook.valid and _is_due(connection, hook, now_ms)]
        secrets = {app["id"]: app["consumer_secret"] for app in apps.everything(connection)}
    for hook in due:
        outcome = await challenge.put_to(hook.url, secrets[hook.app_id], beyond_loopback=post.beyond_loopback)
        _take_note(post, hook, outcome)


def _is_due(connection: sqlite3.Connection, hook: Webhook, now_ms: int) -> bool:
    passed_at_ms, _ = registry.checks(connection, hook)
    return now_ms - passed_at_ms >= _GOOD_FOR_MS


def _take_note(post: Office, hook: Webhook, outcome: Outcome) -> None:
    now_ms = post.clock.now_ms()
    with post.world.write() as tx:
        if outcome == "passed":
            registry.note_pass(tx, hook.id, at_ms=now_ms)
            return
        failing_since_ms = registry.note_failure(tx, hook, at_ms=now_ms)
        lost = outcome == "wrong" or now_ms - failing_since_ms >= _PATIENCE_MS
        if lost:
            registry.set_valid(tx, hook.id, valid=False)
    if lost:
        _log.warning("webhook %s failed its challenge and is sent nothing until it passes one", hook.url)
        office.refresh(post)
