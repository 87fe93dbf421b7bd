"""Lenient reading of X's JSON, so that one odd value never loses an event (law 1).

X is in the middle of renaming `tweet` to `post`, sends partial objects and leaves keys out, so every reader
takes several spellings and answers None or an empty value where nothing usable is there. None of them raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from careline.channels.x.ids import made_ms

_ID = re.compile(r"[0-9]{1,20}")
#: X's clock for an event and the time inside its id differ by tens of ms; some roads cut to whole seconds.
_SAME_MOMENT_MS = 1_500

Json = Mapping[str, Any]
NOTHING: Json = {}


def decode(payload: bytes) -> Json:
    """The JSON object in `payload`. Raises ValueError, with words, for anything else."""
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        msg = f"This is not JSON: {error}"
        raise ValueError(msg) from error
    if not isinstance(value, dict):
        msg = f"A JSON object was expected, not {type(value).__name__}."
        raise ValueError(msg)
    return value


def obj(value: Any) -> Json:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else NOTHING


def unwrapped(value: Any) -> Json:
    """An object that X sometimes wraps once more in `data`."""
    inner = obj(value).get("data")
    return inner if isinstance(inner, dict) else obj(value)


def pick(source: Json, *names: str) -> Any:
    """The first of these keys that holds something."""
    return next((source[name] for name in names if source.get(name) is not None), None)


def objects(value: Any) -> Iterator[Json]:
    """The objects in a list, each unwrapped; nothing for anything else."""
    return (unwrapped(item) for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def text(value: Any) -> str:
    """A string without NUL, which PostgreSQL cannot hold; "" for anything else."""
    return value.replace("\x00", "") if isinstance(value, str) else ""


def network_id(value: Any) -> str | None:
    """An id as X writes it (a string of digits, or by mistake a number), else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def network_ids(value: Any) -> tuple[str, ...]:
    """The ids in a list, each once, in order."""
    found = (network_id(item) for item in value) if isinstance(value, list) else ()
    return tuple(dict.fromkeys(item for item in found if item))


def iso_ms(value: Any) -> int | None:
    """Milliseconds since 1970 for an ISO 8601 time; one without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text(value))
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def moment_ms(source: Json, item_id: str) -> int:
    """When the thing with `item_id` was made (ms since 1970), the same number whichever road it came by.

    The Activity API states milliseconds, the lists whole seconds; the id holds the exact time. Where they agree the
    id decides, so that one message seen twice is one message with one time (law 1).
    """
    told = network_id(source.get("created_timestamp"))
    stated = int(told) if told and len(told) < 16 else iso_ms(source.get("created_at"))
    exact = made_ms(item_id)
    return exact if stated is None or abs(stated - exact) <= _SAME_MOMENT_MS else stated


def event_ms(value: Any) -> int | None:
    """A time that X states in milliseconds since 1970, as a number or in digits."""
    told = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(told) if told.isascii() and told.isdigit() and 0 < len(told) < 16 else None
