"""All addresses of the customers' pages, as X has them where X has them, and the question whose an address is."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope


class _Handle(Convertor[str]):
    # An address like /2 or /1 is a version of the API, not a person.
    regex = "(?![0-9](?:/|$))[A-Za-z0-9_]{1,15}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Pair(_Handle):
    regex = "[0-9]{1,19}-[0-9]{1,19}"


register_url_convertor("handle", _Handle())
register_url_convertor("pair", _Pair())

from careline_sandbox.site import authorize, live, messages, persons, timeline, writing  # noqa: E402 - their routes need the convertors
from careline_sandbox.site.visit import HERE, Visit, visit  # noqa: E402

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@visit("GET /_site/{name:handle}.{kind:handle}")
async def static(come: Visit) -> Response:
    """The style sheet, the script and the sign."""
    parts = come.request.path_params
    path = HERE / "static" / f"{parts['name']}.{parts['kind']}"
    if parts["kind"] not in _KINDS or not path.is_file():
        return Response(status_code=404)
    headers = {"x-content-type-options": "nosniff", "cache-control": "no-cache"}
    return Response(path.read_bytes(), media_type=_KINDS[parts["kind"]], headers=headers)


ROUTES: list[Route] = [
    static,
    *live.ROUTES,
    *writing.ROUTES,
    *persons.ROUTES,
    *messages.ROUTES,
    *authorize.ROUTES,
    *timeline.ROUTES,
]


def owns(scope: Scope) -> bool:
    """Whether a request is for one of these pages, with whatever method."""
    return any(route.matches(scope)[0] is not Match.NONE for route in ROUTES)
