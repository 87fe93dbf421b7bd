"""Image upload in one shot, and the images of posts as anybody can fetch them (x-platform section 6)."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from careline_sandbox.http.auth import USER
from careline_sandbox.http.calls import Call, answer, endpoint, read_body, read_id
from careline_sandbox.local_x import LocalX
from careline_sandbox.wire import errors
from careline_sandbox.wire.users import DEFAULT_IMAGE
from careline_sandbox.world import media

_CATEGORIES = ("tweet_image", "dm_image", "tweet_gif", "dm_gif", "subtitles")
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
_MEBI = 1_048_576
_NAME = re.compile(r"(?:3|16)_([0-9]{1,19})\.(?:jpg|png|gif|webp)")


@endpoint("POST /2/media/upload", accepts=USER, scopes=("media.write",))
async def upload(call: Call) -> Response:
    """Keep an image for 24 hours, for the caller to attach."""
    content, body = await _received(call)
    category = body.get("media_category")
    if category not in _CATEGORIES or category == "subtitles":
        raise errors.invalid("$.media_category: is required and must name an image or GIF category")
    content_type, width, height = _look_at(content, gif=str(category).endswith("gif"))
    media_id = call.local_x.ids.mint(call.now_ms)
    with call.local_x.world.write() as tx:
        key = media.add(
            tx,
            content,
            media_id=media_id,
            owner_id=call.person_id,
            category=str(category),
            content_type=content_type,
            width=width,
            height=height,
            at_ms=call.now_ms,
            additional_owners=_owners(body.get("additional_owners")),
        )
    data = {
        "id": str(media_id),
        "media_key": key,
        "size": len(content),
        "expires_after_secs": media.LIFETIME_S,
        "image": {"image_type": content_type, "w": width, "h": height},
    }
    return answer({"data": data})


async def _received(call: Call) -> tuple[bytes, Mapping[str, Any]]:
    """The image's bytes and the other parameters, from a form or from JSON with base64."""
    if call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await call.request.form(max_part_size=20 * _MEBI)
        part = form.get("media")
        content = await part.read() if isinstance(part, UploadFile) else _decoded(part)
        return content, {key: value for key, value in form.items() if key != "media"}
    known = ("media", "media_category", "media_type", "shared", "additional_owners")
    body = await read_body(call, allowed=known)
    return _decoded(body.get("media")), body


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise errors.invalid("$.media: is missing but it is required")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise errors.invalid("$.media: is not valid base64") from error


def _look_at(content: bytes, *, gif: bool) -> tuple[str, int, int]:
    """(content type, width, height) of an image. Raises errors.Problem (400) for what X would not take."""
    limit = (15 if gif else 5) * _MEBI
    if len(content) > limit:
        raise errors.bad_request(f"File size exceeds {limit} bytes.")
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.verify()
            kind, size = image.format or "", image.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise errors.bad_request("media type unrecognized.") from error
    if kind not in _TYPES or gif != (kind == "GIF" and gif):
        raise errors.bad_request("media type unrecognized.")
    return _TYPES[kind], *size


def _owners(given: Any) -> list[int]:
    parts = given.split(",") if isinstance(given, str) else given or []
    return [read_id(part, parameter="additional_owners") for part in parts]


async def public_image(request: Request) -> Response:
    """An image that a post shows. Those of private messages are not served here."""
    local_x: LocalX = request.app.state.local_x
    found = _NAME.fullmatch(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    media_id = int(found[1])
    with local_x.world.read() as connection:
        shown = media.content(connection, media_id) if media.is_public(connection, media_id) else None
    if shown is None:
        return Response(status_code=404)
    return Response(shown[1], media_type=shown[0], headers={"x-content-type-options": "nosniff"})


async def default_portrait(request: Request) -> Response:
    """The picture of people who have set none: a plain grey square."""
    picture = io.BytesIO()
    Image.new("RGB", (48, 48), (207, 217, 222)).save(picture, "PNG")
    return Response(picture.getvalue(), media_type="image/png")


ROUTES = [
    upload,
    Route(DEFAULT_IMAGE, default_portrait, methods=["GET"]),
    Route("/media/{name}", public_image, methods=["GET"]),
]
