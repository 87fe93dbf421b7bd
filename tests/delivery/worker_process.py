"""A worker process as the product wires it, which stops dead at a given point and waits there to be killed.

Run as `python worker_process.py POINT`. It prints POINT when it has got there. Points: "leased" (before the attempt
begins), "begun" (the line is on disk, nothing has left), "answered" (X has answered, nothing is written down),
"looked" (a look has been made, nothing is written down), "never". The product knows nothing of this: its own
functions are wrapped here.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careline.server.settings")
django.setup()

from careline.actions import outbox  # noqa: E402
from careline.delivery import worker  # noqa: E402
from careline.delivery.attempt import Post  # noqa: E402
from careline.server.config import read_config  # noqa: E402
from careline.server.logs import configure_logs  # noqa: E402
from careline.server.wiring import wire  # noqa: E402

_FUNCTIONS = {"leased": "begin", "answered": "settle", "looked": "looked"}


def park(*_args: Any, **_kwargs: Any) -> Any:
    """Say that the point is reached, and never return."""
    os.write(1, f"{sys.argv[1]}\n".encode())  # whole, although several hands may get here at once
    threading.Event().wait()


def main(point: str) -> None:
    """Deliver until killed."""
    configure_logs()
    wired = wire(read_config())
    if point in _FUNCTIONS:
        setattr(outbox, _FUNCTIONS[point], park)
    perform = park if point == "begun" else wired.perform
    post = Post(desk=wired.desk, channels=wired.channels, perform=perform)
    print("ready", flush=True)
    worker.run(post, name="doomed", stop=threading.Event(), wake=threading.Event())


if __name__ == "__main__":
    main(sys.argv[1])
