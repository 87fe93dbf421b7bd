"""Starting the processes of an install, as systemd or a container would."""

from __future__ import annotations

import os
import sys

import click


@click.command()
@click.option(
    "--role",
    type=click.Choice(["web", "worker", "all"]),
    default="all",
    show_default=True,
    help="web: pages, webhooks, live updates. worker: everything else. all: both, kept alive.",
)
def run(role: str) -> None:
    """Run Careline until Ctrl-C or SIGTERM. Logs go to standard error, one JSON object a line."""
    from careline.server.locks import only_one
    from careline.server.logs import configure_logs
    from careline.server.start import open_desk

    config = open_desk()
    configure_logs()
    if role == "all":
        from careline.server.ports import check_port
        from careline.server.run import run_all

        check_port(config.host, config.port, "CARELINE_PORT")
        with only_one(config, "up"):
            run_all()
        return
    with only_one(config, role):
        _run_role(role)
    # Everything is closed and on disk. Threads that still wait for a network or a browser are not worth waiting for,
    # and the server's own runtime threads do not survive Python's orderly end (seen: a panic, one run in twenty).
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _run_role(role: str) -> None:
    from careline.server.config import read_config
    from careline.server.wiring import wire

    wired = wire(read_config())
    if role == "web":
        from careline.server.web import serve

        serve(wired)
    else:
        from careline.server.worker import work

        work(wired)
    wired.close()
