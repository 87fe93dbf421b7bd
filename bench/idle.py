"""How much memory an install takes when nothing happens: web and worker, after a page has been asked for once.

Run: `python bench/idle.py`. Proportional set size (what is shared with other processes counts in part) and resident
set size, from the kernel; the goal is under 300 MB resident for both together.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
# In place of this folder, where bench/inbox.py would be taken for a package of that name.
sys.path[0] = str(TESTS)

SETTLE_S = 20


def main() -> None:
    """Start both roles on an empty install, wait, and read /proc."""
    from support.processes import Process, free_port, wait_until

    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        env = {"CARELINE_STATE": str(Path(folder) / "state"), "CARELINE_PORT": str(port)}
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "-v0"],
            env={**os.environ, **env, "DJANGO_SETTINGS_MODULE": "careline.server.settings"},
            check=True,
        )
        roles = {
            name: Process("careline.cli", "run", "--role", name, env=env, quiet=True) for name in ("web", "worker")
        }
        try:
            roles["web"].wait_for_port(port)
            wait_until(lambda: _page(port))
            before = {name: _cpu_s(role.pid) for name, role in roles.items()}
            time.sleep(SETTLE_S)
            _print({name: role.pid for name, role in roles.items()}, before)
        finally:
            for role in roles.values():
                role.stop()


def _page(port: int) -> bool:
    import httpx

    return httpx.get(f"http://127.0.0.1:{port}/sign-in/", trust_env=False).status_code == 200


def _print(pids: dict[str, int], before: dict[str, float]) -> None:
    total = 0.0
    for name, pid in pids.items():
        resident, own = _memory_mb(pid)
        total += resident
        busy = (_cpu_s(pid) - before[name]) / SETTLE_S
        print(f"{name:<44}{resident:8.0f} MB resident, {own:.0f} MB proportional, {busy:.1%} of a core")
    print(f"{'together':<44}{total:8.0f} MB resident")


def _memory_mb(pid: int) -> tuple[float, float]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = dict(re.findall(r"^(Rss|Pss):\s+(\d+) kB", rollup, re.MULTILINE))
    return int(kilobytes["Rss"]) / 1000, int(kilobytes["Pss"]) / 1000


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
