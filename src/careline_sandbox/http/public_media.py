"""What anybody can fetch: the pictures, videos and stills of standing posts, and the portrait of the unportrayed."""

from __future__ import annotations

import io
import re

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http import files
from careline_sandbox.local_x import LocalX
from careline_sandbox.rules import posters
from careline_sandbox.wire.users import DEFAULT_IMAGE
from careline_sandbox.world import media

_NAME = re.compile(r"(?:3|7|13|16)_([0-9]{1,19})(-still)?\.(?:jpg|png|gif|webp|mp4|mov)")
_SAFE = {"x-content-type-options": "nosniff"}


async def public_file(request: Request) -> Response:
    """A picture, video or still that a post shows. Those of private messages are not served here."""
    local_x: LocalX = request.app.state.local_x
    found = _NAME.fullmatch(request.path_params["name"])
    if found is None or int(found[1]) >= 2**63:
        return Response(status_code=404)
    media_id = int(found[1])
    with local_x.world.read() as connection:
        upload = media.get(connection, media_id) if media.is_public(connection, media_id) else None
        still = posters.still(connection, upload) if upload and found[2] else None
    if upload is None or (found[2] and still is None):
        return Response(status_code=404)
    if still is not None:
        return Response(still, media_type="image/jpeg", headers=_SAFE)
    return files.whole_or_part(request, media_id)


async def default_portrait(request: Request) -> Response:
    """The picture of people who have set none: a plain grey square."""
    picture = io.BytesIO()
    Image.new("RGB", (48, 48), (207, 217, 222)).save(picture, "PNG")
    return Response(picture.getvalue(), media_type="image/png")


ROUTES = [
    Route(DEFAULT_IMAGE, default_portrait, methods=["GET"]),
    Route("/media/{name}", public_file, methods=["GET"]),
]
