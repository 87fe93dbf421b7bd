"""Law 10: time is injected. What decides reads no clock; all processes can share one; never with real accounts."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import careline
from careline.engines.clock import SharedClock
from careline.server.config import ConfigError, read_config
from careline.server.wiring import refuse_simulated_time
from careline_sandbox.clock import Clock as SandboxClock
from support.clock import MORNING_MS
from support.rows import make_account, make_workspace

SOURCE = Path(careline.__file__).parent
#: Whatever says what time it is, by module; "" means the whole module.
CLOCKS = {
    "time": {"time", "time_ns", "localtime", "gmtime"},
    "datetime": {"now", "utcnow", "today"},
    "timezone": {"now"},
}


def reads_of_a_clock(tree: ast.AST) -> list[str]:
    """Calls like time.time(), datetime.now(), date.today(), timezone.now(), and `from time import time`."""
    found = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in set().union(*CLOCKS.values())
        and ast.unparse(node.value).split(".")[-1] in {"time", "datetime", "date", "timezone", "dt"}
    ]  # fmt: skip
    found += [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "django.utils.timezone")
        and any(name.name in CLOCKS["time"] | {"now"} for name in node.names)
    ]  # fmt: skip
    return found


@pytest.mark.parametrize("package", ["domain", "channels", "actions", "store"])
def test_law_10_nothing_that_decides_reads_a_clock(package):
    reads = {
        str(path.relative_to(SOURCE)): found
        for path in (SOURCE / package).rglob("*.py")
        if "migrations" not in path.parts and (found := reads_of_a_clock(ast.parse(path.read_text())))
    }
    assert not reads


@pytest.mark.parametrize(
    "line",
    ["time.time()", "datetime.now(tz)", "datetime.datetime.utcnow()", "date.today()", "timezone.now()",
     "from time import time_ns"],
)  # fmt: skip
def test_this_test_sees_a_clock_when_there_is_one(line):
    assert reads_of_a_clock(ast.parse(line))


def test_law_10_the_desk_and_the_sandbox_agree_on_a_shared_clock(tmp_path, monkeypatch):
    path = tmp_path / "clock.json"
    path.write_text(json.dumps({"anchor_real": 1, "anchor_sim": MORNING_MS / 1000, "rate": 0}))
    monkeypatch.setenv("CARELINE_CLOCK", str(path))
    assert SandboxClock.from_environment().now_ms() == SharedClock(path).now_ms() == MORNING_MS


@pytest.mark.django_db
def test_law_10_a_simulated_clock_is_refused_once_a_real_account_is_connected(workspace):
    simulated = replace(read_config(), clock=Path("/run/clock.json"))
    make_account(workspace)
    refuse_simulated_time(simulated)  # the account is the sandbox's
    make_account(make_workspace(sandbox=False))
    with pytest.raises(ConfigError, match=r"1 real account\(s\) are connected"):
        refuse_simulated_time(simulated)
    refuse_simulated_time(replace(simulated, clock=None))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["web", "worker"])
def test_law_10_no_process_starts_with_a_simulated_clock_and_a_real_account(tmp_path, role):
    make_account(make_workspace(sandbox=False))
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"anchor_real": 1, "anchor_sim": MORNING_MS / 1000, "rate": 60}))
    done = subprocess.run(
        [sys.executable, "-m", "careline.cli", "run", "--role", role],
        env=os.environ | {"CARELINE_CLOCK": str(clock)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "real accounts need real time" in done.stderr
    assert "Traceback" not in done.stderr
