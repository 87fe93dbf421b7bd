"""Where the time comes from (law 10): the machine, or a file that sandbox, web and worker share.

The shared clock lets a test or a demo play a day in a minute. Its file says which real second is which simulated
one, and how fast the simulated ones go; whoever changes it replaces the file whole.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path


class SystemClock:
    """The machine's time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """At the real second `real` it is the simulated second `sim`; `rate` simulated seconds pass in a real one."""

    real: float
    sim: float
    rate: float

    def at(self, real: float) -> float:
        """The simulated second at a real one (both unix time)."""
        return self.sim + (real - self.real) * self.rate


class SharedClock:
    """Time from a JSON file {"anchor_real", "anchor_sim", "rate"} (unix seconds), read again when it changes.

    Raises ValueError or OSError when it is made and the file cannot be read; later, a file that is missing or
    half-written leaves the last good anchor in force, because a clock that raises would stop intake (law 1).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()
        self._anchor = _read(path)

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, in simulated time."""
        self._refresh()
        return int(self._anchor.at(time.time()) * 1000)

    def _refresh(self) -> None:
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._anchor = _read(self._path)
                self._seen = stamp
        except (OSError, ValueError):
            return

    def _stamp(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_ino, status.st_size


def _read(path: Path) -> Anchor:
    try:
        raw = json.loads(path.read_bytes())
        return Anchor(real=float(raw["anchor_real"]), sim=float(raw["anchor_sim"]), rate=float(raw["rate"]))
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{path} is no clock: it needs the numbers anchor_real, anchor_sim and rate."
        raise ValueError(msg) from error
