"""Composition: one ASGI application out of the world, the clock and all routes.

Unknown paths get an empty 404, as on X. Faults lie in front of everything but the control paths.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from careline_sandbox.clock import Clock
from careline_sandbox.http import control, dms, media, oauth, posts, users
from careline_sandbox.local_x import assemble
from careline_sandbox.world import World


def build(world: World, clock: Clock) -> Starlette:
    """The application that serves this world by this clock. It does not close the world."""
    modules = (control, posts, users, dms, media, oauth)
    app = Starlette(
        routes=[route for module in modules for route in module.routes],
        exception_handlers={404: _empty, 405: _empty},
    )
    app.router.redirect_slashes = False
    app.state.local_x = assemble(world, clock)
    return app


async def _empty(request: Request, error: Exception) -> Response:
    return Response(status_code=getattr(error, "status_code", 404))
