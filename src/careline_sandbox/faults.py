"""Faults on request: the bad days of a network, on purpose and repeatable.

X gives no idempotency key and no promise of delivery, so what a desk does when an answer is late, lost or
doubled is the hard half of its work (laws 1 and 2). Each fault names where it strikes, what it does and how
often; its dice are seeded, so a failing run can be run again.
"""

from __future__ import annotations

import asyncio
import fnmatch
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline_sandbox import waiting
from careline_sandbox.clock import Clock
from careline_sandbox.hang_up import hang_up
from careline_sandbox.wire import errors

_ENDPOINT_KINDS = {
    "status": "a status from 400 to 599",
    "hang_before": None,
    "hang_after": None,
    "cut_after": None,
    "disconnect": None,
    "late_effect": "seconds",
    "delay": "seconds",
}
_DELIVERY_KINDS = {"drop": None, "double": None, "delay": "seconds", "reorder": "a number of events"}
_STREAM_KINDS = {**_DELIVERY_KINDS, "disconnect": None}
LATE_MS = "careline_sandbox.late_ms"  # in a request's scope: how long its effect stays invisible
_FIELDS = {"target", "kind", "probability", "count", "reset_s"}


@dataclass(slots=True, eq=False)
class Fault:
    """One fault: ``kind`` strikes at ``target`` with ``probability``, ``count`` times more (None: for good).

    ``value`` is the kind's number (status, seconds, events), ``reset_s`` what a 429 names as its reset.
    """

    target: str
    kind: str
    value: float
    probability: float
    count: int | None
    reset_s: float
    dice: random.Random
    fired: int = 0

    def as_json(self) -> dict[str, Any]:
        """The fault as the control API shows it: as it was asked for, and how often it struck."""
        number = f"{self.value:g}" if _kinds_at(self.target)[self.kind] else ""
        return {
            "target": self.target,
            "kind": f"{self.kind}:{number}" if number else self.kind,
            "probability": self.probability,
            "count": self.count,
            "reset_s": self.reset_s,
            "fired": self.fired,
        }


@dataclass(slots=True)
class FaultBook:
    """All faults in force. ``cleared`` is replaced when they go, which ends every hang."""

    seed: int = 0
    faults: list[Fault] = field(default_factory=list)
    added: int = 0
    cleared: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Plan:
    """What becomes of one delivery: how many copies go (0: none), after how long, behind how many others."""

    copies: int = 1
    delay_s: float = 0.0
    behind: int = 0
    disconnect: bool = False


def add(book: FaultBook, spec: Mapping[str, Any]) -> Fault:
    """Put a fault in force. ``spec`` has ``target`` and ``kind``, and may have probability, count, reset_s.

    ``target`` is a method and path ("POST /2/tweets", "* /2/dm_conversations/*"; ``*`` and ``{id}`` stand for
    anything), or "delivery" or "stream", to which an event type may be added ("delivery dm.*").
    Raises ValueError, in words for a person, for anything that would not do what was meant.
    """
    if unknown := set(spec) - _FIELDS:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    target = _target(spec.get("target"))
    kind, value = _kind(spec.get("kind"), target=target)
    book.added += 1
    fault = Fault(
        target=target,
        kind=kind,
        value=value,
        probability=_probability(spec.get("probability", 1.0)),
        count=_count(spec.get("count")),
        reset_s=_seconds(spec.get("reset_s", 60)),
        dice=random.Random(f"{book.seed}|{book.added}|{target}|{kind}"),  # noqa: S311 - repeatable, not secret
    )
    book.faults.append(fault)
    return fault


def clear(book: FaultBook) -> None:
    """End all faults, and every request that hangs because of one."""
    book.faults.clear()
    book.cleared.set()
    book.cleared = asyncio.Event()


def strike(book: FaultBook, method: str, path: str) -> Fault | None:
    """The fault that befalls this request, counted as fired; None when it gets through."""
    return next(_firing(book, f"{method} {path}"), None)


def delivery_plan(book: FaultBook, way: str, event_type: str) -> Plan:
    """What becomes of one event on its ``way`` ("delivery" to a webhook, "stream"); faults add up."""
    plan = Plan()
    if not book.faults:
        return plan
    for fault in _firing(book, f"{way} {event_type}"):
        if fault.kind == "drop":
            plan.copies = 0
        elif fault.kind == "double":
            plan.copies *= 2
        elif fault.kind == "delay":
            plan.delay_s += fault.value
        elif fault.kind == "reorder":
            # Dice, not a fixed place: a fixed one would move every event alike and change no order.
            plan.behind = max(plan.behind, fault.dice.randint(0, int(fault.value)))
        else:
            plan.disconnect = True
    return plan


def _firing(book: FaultBook, subject: str) -> Iterator[Fault]:
    for fault in book.faults:
        if fault.count == 0 or not _matches(fault.target, subject):
            continue
        if fault.dice.random() < fault.probability:
            fault.fired += 1
            if fault.count is not None:
                fault.count -= 1
            yield fault


def _matches(target: str, subject: str) -> bool:
    if target in ("delivery", "stream"):
        return subject.startswith(target + " ")
    return fnmatch.fnmatchcase(subject, re.sub(r"\{[^}]*\}", "*", target))


def _kinds_at(target: str) -> Mapping[str, str | None]:
    way = target.split(" ", 1)[0]
    return {"delivery": _DELIVERY_KINDS, "stream": _STREAM_KINDS}.get(way, _ENDPOINT_KINDS)


def _target(given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"(delivery|stream)( [a-z_.*]+)?|([A-Z]+|\*) /\S*", given):
        raise ValueError('target is "delivery", "stream" or like "POST /2/tweets"')
    return given


def _kind(given: Any, *, target: str) -> tuple[str, float]:
    name, _, number = str(given or "").partition(":")
    known = _kinds_at(target)
    if name not in known:
        raise ValueError(f"at {target} a fault can be {', '.join(known)}, not {given!r}")
    wants = known[name]
    if wants is None:
        if number:
            raise ValueError(f"{name} takes no number")
        return name, 0.0
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"{name} wants {wants}, like {name}:{503 if name == 'status' else 3}") from None
    if not 0 <= value < float("inf") or (name == "status" and not 400 <= value <= 599):
        raise ValueError(f"{name} wants {wants}, not {number}")
    return name, value


def _probability(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise ValueError("probability is a number from 0 to 1")
    return float(given)


def _count(given: Any) -> int | None:
    if given is not None and (isinstance(given, bool) or not isinstance(given, int) or given < 1):
        raise ValueError("count is a whole number from 1, or null for no end")
    return given


def _seconds(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
        raise ValueError("reset_s is a number of seconds")
    return float(given)


class Middleware:
    """Lets faults befall requests. ``app`` is everything behind it; the control paths are out of its reach."""

    def __init__(self, app: ASGIApp, *, book: FaultBook, clock: Clock) -> None:
        self.app, self.book, self.clock = app, book, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or what a fault makes of it."""
        control = scope["type"] != "http" or scope["path"].startswith("/_sandbox")
        fault = None if control else strike(self.book, scope["method"], scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "status":
            await _refusal(fault, now_ms=self.clock.now_ms())(scope, receive, send)
        elif fault.kind in ("delay", "late_effect"):
            await self._late(fault, scope, receive, send)
        else:
            await self._unanswered(fault, scope, receive)

    async def _late(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "delay":
            await waiting.until(self.clock, self.clock.now_ms() + fault.value * 1000)
        else:
            scope = {**scope, LATE_MS: int(fault.value * 1000)}
        await self.app(scope, receive, send)

    async def _unanswered(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        if fault.kind in ("hang_after", "cut_after"):
            await self.app(scope, receive, _swallow)
        else:
            await Request(scope, receive).body()
        if fault.kind in ("hang_before", "hang_after"):
            await _until_gone(receive, self.book.cleared)
        host, port = scope["client"]
        if not hang_up(host, int(port)):
            raise RuntimeError(f"the connection of {host}:{port} is not in this process")


def late_ms(scope: Scope) -> int:
    """How many milliseconds the effect of this request has to stay invisible; 0 for nearly every one."""
    return int(scope.get(LATE_MS, 0))


def _refusal(fault: Fault, *, now_ms: int) -> Response:
    """What a client sees of a struck request; 5xx other than 500 come without JSON, as they do from X."""
    status = int(fault.value)
    if status == 429:
        reset = str(int(now_ms / 1000 + fault.reset_s))
        headers = {"x-rate-limit-limit": "1", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        return JSONResponse(errors.too_many_requests().body, 429, headers)
    if status > 500:
        return Response("<html><body><h1>Over capacity</h1></body></html>", status, media_type="text/html")
    title = "Internal Server Error" if status == 500 else "Fault"
    body = {"title": title, "detail": title, "type": "about:blank", "status": status}
    return JSONResponse(body, status, media_type="application/problem+json")


async def _swallow(message: Message) -> None:
    """Take an answer that nobody will see."""


async def _until_gone(receive: Receive, cleared: asyncio.Event) -> None:
    """Wait until the client hangs up or the faults are cleared."""
    gone = asyncio.ensure_future(_disconnected(receive))
    over = asyncio.ensure_future(cleared.wait())
    _, left = await asyncio.wait((gone, over), return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
