"""One JSON line for each thing worth knowing, and nothing in it that a customer wrote or that opens a door.

Bodies, tokens and handles reach logs by accident, so this is a list of what may pass, not of what may not: numbers
always, words only under the names below. Lines of libraries are written as their unfilled template, and of an error
only its type and where it happened, because its message may quote a row or a request.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

#: Names under which a short string is a code, a name of ours or a place in the code, never a person's word.
WORDS = frozenset({
    "event", "level", "time", "logger", "role", "thread", "task", "reason", "kind", "verb", "state", "network",
    "source", "endpoint", "method", "route", "error", "at", "owner", "outcome", "origin", "epoch", "version",
})  # fmt: skip
_LONGEST = 200


def configure_logs(to: Path | None = None, level: int = logging.INFO) -> None:
    """Send structlog's lines and everybody else's through the same narrow gate, to the file or standard error."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.FileHandler(to) if to else logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(processors=[only_safe, structlog.processors.JSONRenderer()]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in ("httpx", "httpcore", "asyncio", "_granian", "granian"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lines(structlog.stdlib.ProcessorFormatter):
    """Hands a library's record on as its template: arguments are where paths, addresses and bodies are."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, dict):
            return super().format(record)
        text = str(record.msg).split("\n", 1)[0]
        if record.name == "py.warnings":
            text = ": ".join(text.split(": ", 2)[:2])  # the place and the kind, not the words
        return super().format(logging.makeLogRecord(record.__dict__ | {"args": None, "msg": text}))


def only_safe(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """Keep what may be kept; say the names of what was dropped."""
    record: logging.LogRecord | None = line.pop("_record", None)
    line.pop("_from_structlog", None)
    fault = _fault(line.pop("exc_info", None) or (record.exc_info if record else None))
    safe: dict[str, Any] = {}
    if record is not None:
        safe |= {"time": round(record.created, 3), "level": record.levelname.lower(), "logger": record.name}
    dropped = []
    for name, value in {**line, **fault}.items():
        if value is None or isinstance(value, (bool, int, float)):
            safe[name] = value
        elif name in WORDS:
            safe[name] = str(value)[:_LONGEST]
        else:
            dropped.append(name)
    return safe | ({"dropped": sorted(dropped)} if dropped else {})


def _fault(exc_info: Any) -> dict[str, str]:
    """An exception's type and the last places that it passed, without its message."""
    if exc_info is True:
        exc_info = sys.exc_info()
    if isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    if not exc_info or exc_info[0] is None:
        return {}
    kind: type[BaseException] = exc_info[0]
    return {"error": kind.__name__, "at": _places(exc_info[2])}


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-5:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
