"""The first command: from a fresh folder to a desk that one can sign in to."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--sandbox-port",
    type=click.IntRange(1, 65535),
    default=8790,
    show_default=True,
    envvar="CARELINE_SANDBOX_PORT",
    help="Where the local X listens.",
)
@click.option("--quiet", is_flag=True, help="No invented customers: only you write.")
@click.option(
    "--cast-speed",
    type=click.FloatRange(0.1, 100),
    default=1.0,
    show_default=True,
    help="How fast the invented customers write and react.",
)
@click.option("--demo", is_flag=True, help="Make a demo although the sandbox was left (careline leave-sandbox).")
def up(sandbox_port: int, quiet: bool, cast_speed: float, demo: bool) -> None:
    """Start a desk with a demo on this machine: a local X, the web process and the worker.

    The first time it makes keys, database and demo; later it starts what is there. Only this machine can reach it.
    Invented customers write to the demo's brand and react to what you do, unless --quiet is given. Once the sandbox
    was left, the desk starts without local X and demo. Ctrl-C stops everything.
    """
    from careline.server import migrate as work
    from careline.server.locks import is_running, only_one
    from careline.server.start import start_django

    config = start_django()
    from careline.server.leave import come_back, was_left
    from careline.server.up import Demo, already_up, bring_up

    if is_running(config, "up"):
        already_up(config, click.echo)
        return
    with only_one(config, "up"):
        kept = work.migrate(config)
        if kept is not None:
            click.echo(f"The database was brought to this version; as it was before: {kept}")
        if demo:
            come_back(config)
        wanted = None if was_left(config) else Demo(sandbox_port, cast_speed=None if quiet else cast_speed)
        bring_up(config, wanted, click.echo)
