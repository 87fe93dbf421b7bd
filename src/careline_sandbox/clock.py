"""Time for the sandbox: the system's, or one shared and scalable clock (law 10).

A file named by ``CARELINE_CLOCK`` holds ``{"anchor_real": s, "anchor_sim": s, "rate": r}``; every process that
reads it sees ``anchor_sim + (real - anchor_real) * rate``. It is re-read whenever its modification time
changes, so a test can move days by rewriting one file.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path


class Clock:
    """Answers "now" in milliseconds since 1970.

    Raises ValueError when the clock file exists but never held usable anchors: a stand-in for X with the wrong
    time would be worse than one that refuses. A file that does not exist yet means the system's time.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._mtime_ns = -1
        self._anchor_real = 0.0
        self._anchor_sim = 0.0
        self._rate = 1.0

    @classmethod
    def from_environment(cls) -> Clock:
        """The clock that ``CARELINE_CLOCK`` names; the system's where the variable is unset or empty."""
        name = os.environ.get("CARELINE_CLOCK", "")
        return cls(Path(name) if name else None)

    def now_ms(self) -> int:
        """Milliseconds since 1970, simulated if a clock file exists."""
        real = time.time()
        if not self._anchored():
            return int(real * 1000)
        return int((self._anchor_sim + (real - self._anchor_real) * self._rate) * 1000)

    @property
    def rate(self) -> float:
        """Simulated seconds per real second."""
        return self._rate if self._anchored() else 1.0

    def set(self, *, sim: float | None = None, rate: float | None = None) -> None:
        """Write the clock file anew: time ``sim`` (unix seconds, default now) running at ``rate``.

        Raises RuntimeError where no clock file is configured, ValueError for a rate below zero.
        """
        if self.path is None:
            raise RuntimeError("no clock file is configured: set CARELINE_CLOCK")
        sim_s = self.now_ms() / 1000 if sim is None else sim
        rate_now = self.rate if rate is None else rate
        if rate_now < 0:
            raise ValueError("a clock does not run backwards: rate must be 0 or more")
        text = json.dumps({"anchor_real": time.time(), "anchor_sim": sim_s, "rate": rate_now})
        fresh = self.path.with_suffix(self.path.suffix + ".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)

    def _anchored(self) -> bool:
        if self.path is None:
            return False
        try:
            mtime_ns = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if mtime_ns != self._mtime_ns:
            try:
                self._read()
            except ValueError:
                if self._mtime_ns < 0:
                    raise
                return True  # caught while somebody writes it: what it said before holds until it can be read
            self._mtime_ns = mtime_ns
        return True

    def _read(self) -> None:
        if self.path is None:
            return
        try:
            anchors = json.loads(self.path.read_text(encoding="utf-8"))
            real, sim, rate = (float(anchors[key]) for key in ("anchor_real", "anchor_sim", "rate"))
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{self.path} is not a clock file: {error}") from error
        self._anchor_real, self._anchor_sim, self._rate = real, sim, rate
