"""Logs hold ids, codes and counts. What people wrote, tokens and handles cannot get in, whoever logs them."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from careline.server.logs import WORDS, configure_logs, only_safe

SECRET = "s3cr3t-T0ken"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, with the process's own logging put back afterwards."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, structlog.get_config())
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "asyncio", "granian", "_granian")}
    configure_logs()
    written = io.StringIO()
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    logging.captureWarnings(capture=False)
    root.handlers[:], config = before[0], before[2]
    root.setLevel(before[1])
    structlog.configure(**config)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_ours_keep_numbers_and_codes(lines: io.StringIO) -> None:
    structlog.get_logger("careline.test").warning("refused", outcome="forged", status=401, app_id=7)
    line = json.loads(lines.getvalue())
    assert (line["event"], line["outcome"], line["status"], line["app_id"]) == ("refused", "forged", 401, 7)


def test_ours_drop_what_has_no_business_there(lines: io.StringIO) -> None:
    structlog.get_logger("careline.test").info("seen", handle="@jana", text="my order", token=SECRET, body=b"raw")
    assert json.loads(lines.getvalue())["dropped"] == ["body", "handle", "text", "token"]
    assert not any(word in lines.getvalue() for word in ("jana", "order", SECRET, "raw"))


def test_lines_of_libraries_are_not_filled_in(lines: io.StringIO) -> None:
    logging.getLogger("django.request").error("Internal Server Error: %s", f"/demo/find/@jana?token={SECRET}")
    assert "jana" not in lines.getvalue()
    assert SECRET not in lines.getvalue()


def test_an_exception_shows_its_type_and_place_and_no_words(lines: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(f"duplicate key (email)=(jana@example.org) {SECRET}")

    for log in (structlog.get_logger("careline.test"), logging.getLogger("library")):
        try:
            fail()
        except ValueError:
            log.exception("broke")
    for text in lines.getvalue().splitlines():
        line = json.loads(text)
        assert line["error"] == "ValueError"
        assert "test_logs.py" in line["at"]
    assert "jana" not in lines.getvalue()
    assert SECRET not in lines.getvalue()


def test_a_warning_shows_its_place_and_kind(lines: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"odd value {SECRET}", RuntimeWarning, stacklevel=1)
    assert "RuntimeWarning" in lines.getvalue()
    assert SECRET not in lines.getvalue()


_VALUES = st.text(min_size=8) | st.binary(min_size=8) | st.lists(st.text(min_size=8), min_size=1)


@given(st.dictionaries(st.text().filter(lambda name: name not in WORDS), _VALUES))
def test_no_name_that_is_not_on_the_list_carries_words(line: dict[str, Any]) -> None:
    kept = only_safe(None, "info", dict(line))
    assert set(kept) <= {"dropped"}
