"""No speed limits inside tests: a busy machine makes no example of hypothesis wrong."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
