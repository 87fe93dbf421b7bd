"""The page about the local X names every address that it answers at, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from careline_sandbox.app import build
from careline_sandbox.clock import Clock
from careline_sandbox.world import World

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
FOR_MACHINES = ("/2/", "/1.1/", "/oauth/", "/oauth2/", "/i/oauth2/", "/_sandbox/")


def test_the_page_names_every_address_for_machines_and_no_other() -> None:
    world = World.connect(":memory:")
    served = {
        f"{method} {route.path}"
        for route in build(world, Clock()).routes
        for method in route.methods - {"HEAD"}
        if route.path.startswith(FOR_MACHINES) and not route.path.endswith(("/", ".js", ".css"))
    }
    world.close()
    told = set(re.findall(r"`((?:GET|POST|PUT|DELETE) /[^`]+)`", PAGE.read_text(encoding="utf-8")))
    assert told == served
