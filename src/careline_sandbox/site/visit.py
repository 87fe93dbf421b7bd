"""How the customers' pages are answered: one visit in, one page or redirection out, refusals as sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from careline_sandbox.local_x import LocalX
from careline_sandbox.rules import compose
from careline_sandbox.site import reads, texts, who
from careline_sandbox.wire import errors
from careline_sandbox.world import people, schema
from careline_sandbox.world.posts import View

HERE = Path(__file__).parent
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:;"
    " media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_MEBI = 1_048_576
_pages = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_pages.globals.update(pieces=texts.pieces, day=texts.day, exact=texts.exact, short_time=texts.short_time)


class NobodyYet(Exception):
    """The page needs a person, and this browser has chosen none."""


class NotHere(Exception):
    """What the address names does not exist for this person."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: when, to which world, by whom, and what the form says."""

    request: Request
    local_x: LocalX
    form: FormData
    now_ms: int

    def asked(self, name: str, default: str = "") -> str:
        """A field of the form, or of the address. Line ends are those that people mean."""
        value = self.form.get(name, self.request.query_params.get(name, default))
        return value.replace("\r\n", "\n") if isinstance(value, str) else default

    def number(self, name: str) -> int | None:
        """An id in the form or address, None where there is none."""
        return who.number(self.asked(name))

    def me(self, connection: sqlite3.Connection) -> sqlite3.Row:
        """The acting person. Raises NobodyYet."""
        row = who.acting(self.request, connection)
        if row is None:
            raise NobodyYet
        return row

    def view(self, connection: sqlite3.Connection) -> View:
        """Through the acting person's eyes."""
        return View(self.me(connection)["id"], self.now_ms)

    def named(self, connection: sqlite3.Connection) -> sqlite3.Row:
        """The person in the address. Raises NotHere."""
        row = people.by_username(connection, self.request.path_params["username"])
        if row is None:
            raise NotHere
        return row

    def show(self, template: str, *, status: int = 200, **told: Any) -> Response:
        """A page, with what every page tells: who acts and what is new for them."""
        with self.local_x.world.read() as connection:
            me = who.acting(self.request, connection)
            common = {
                "me": me,
                "tint": lambda person: reads.tint(connection, person),
                "news": reads.news(connection, me["id"], self.now_ms) if me else (0, 0),
                "seq": schema.last_seq(connection),
                "now_ms": self.now_ms,
                "post_limit": compose.limit(me) if me else 0,
                "here": self.request.url.path,
            }
            told = {"error": "", **common, **told}
            return HTMLResponse(_pages.get_template(template).render(told), status, headers=HEADERS)

    def on_to(self, path: str) -> Response:
        """Off to another page, after something was done. Only addresses of this site."""
        safe = path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/home"
        return RedirectResponse(safe, 303, headers=HEADERS)


Handler = Callable[[Visit], Awaitable[Response]]


def visit(name: str) -> Callable[[Handler], Route]:
    """Make a route of a function from a visit to a response: ``GET /path`` or ``POST /path``."""
    method, _, path = name.partition(" ")

    def decorate(handler: Handler) -> Route:
        async def serve(request: Request) -> Response:
            local_x: LocalX = request.app.state.local_x
            form = await request.form(max_part_size=16 * _MEBI) if method == "POST" else FormData()
            come = Visit(request, local_x, form, local_x.clock.now_ms())
            try:
                return await handler(come)
            except NobodyYet:
                back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return come.on_to(f"/i/people?next={quote(back if method == 'GET' else '/home')}")
            except NotHere:
                return come.show("gone.html", status=404)
            except errors.Problem as problem:
                return come.show("refused.html", status=422, error=texts.sentence(problem))

        serve.__doc__ = handler.__doc__
        return Route(path, serve, methods=[method], name=f"site {name}")

    return decorate
