"""Composition: one ASGI application out of the world, the clock, all routes, faults and deliveries.

Unknown paths get an empty 404, as on X. Control paths answer this machine alone; faults lie in front of
everything else, so that they strike before authentication and take no rate window.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from careline_sandbox import faults
from careline_sandbox.cast import running
from careline_sandbox.clock import Clock
from careline_sandbox.deliver import office as delivery
from careline_sandbox.deliver import validation
from careline_sandbox.http import (
    activity,
    cast_control,
    control,
    delivery_control,
    dms,
    media,
    media_old,
    oauth,
    oauth1,
    operator,
    posts,
    public_media,
    replay_control,
    users,
    webhooks,
)
from careline_sandbox.local_x import assemble
from careline_sandbox.site import pages as site
from careline_sandbox.world import World


def build(world: World, clock: Clock, *, seed: int = 0, beyond_loopback: bool = False) -> Starlette:
    """The application that serves this world by this clock; it does not close the world.

    ``seed`` makes faults and event ids repeatable; ``beyond_loopback`` lets webhooks be on other machines.
    Deliveries run within the application's lifespan.
    """
    modules = (posts, dms, users, media, media_old, public_media, oauth, oauth1)
    book = faults.FaultBook(seed=seed)
    local_x = assemble(world, clock)
    office = delivery.open_office(world, clock, book=book, seed=seed, beyond_loopback=beyond_loopback)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await delivery.start(office)
        checking = asyncio.create_task(validation.keep_checking(office))
        async with running.on_stage(local_x):
            yield
        checking.cancel()
        await delivery.stop(office)

    app = Starlette(
        routes=[
            *(route for module in modules for route in module.ROUTES),
            *webhooks.ROUTES,
            *activity.ROUTES,
            *control.ROUTES,
            *delivery_control.ROUTES,
            *replay_control.ROUTES,
            *cast_control.ROUTES,
            *site.ROUTES,
        ],
        middleware=[
            Middleware(operator.OnlyThisMachine, also=site.owns),
            Middleware(faults.Middleware, book=book, clock=clock),
        ],
        exception_handlers={404: _empty, 405: _empty, sqlite3.OperationalError: _unavailable, Exception: _broken},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.local_x = local_x
    app.state.office = office
    return app


async def _empty(request: Request, error: Exception) -> Response:
    return Response(status_code=getattr(error, "status_code", 404))


async def _unavailable(request: Request, error: Exception) -> Response:
    """The state cannot be written or read (a full disk): nothing happened, and the operator is told why."""
    logging.getLogger("careline_sandbox").error("%s %s: %s", request.method, request.url.path, error)
    return Response(status_code=503)


async def _broken(request: Request, error: Exception) -> Response:
    """A mistake of the sandbox's own: X's words for the client, the trace for the operator."""
    logging.getLogger("careline_sandbox").error("%s %s", request.method, request.url.path, exc_info=error)
    body = b'{"title":"Internal Server Error","detail":"Something is broken. This is usually a temporary error.",'
    body += b'"type":"https://api.x.com/2/problems/internal-error","status":500}'
    return Response(body, 500, media_type="application/problem+json")
