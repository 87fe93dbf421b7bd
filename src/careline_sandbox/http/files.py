"""Answering with an upload's bytes: in pieces, and the part alone that a player asks for (RFC 9110, Range)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from careline_sandbox.local_x import LocalX
from careline_sandbox.world import World, media, pieces
from careline_sandbox.world.pieces import Pieces

_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


def whole_or_part(
    request: Request, media_id: int, *, media_type: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The upload, or the range of it that the request names; 404 for none, 416 for a range beyond it."""
    local_x: LocalX = request.app.state.local_x
    with local_x.world.read() as connection:
        upload, kept = media.get(connection, media_id), pieces.of(connection, media_id)
    if upload is None or not kept.size:
        return Response(status_code=404)
    sent = {"accept-ranges": "bytes", "x-content-type-options": "nosniff", **(headers or {})}
    found = _asked(request.headers.get("range", ""), kept.size)
    if found is None:
        return Response(status_code=416, headers={**sent, "content-range": f"bytes */{kept.size}"})
    start, end, partial = found
    sent["content-length"] = str(end - start)
    if partial:
        sent["content-range"] = f"bytes {start}-{end - 1}/{kept.size}"
    body = _written(local_x.world, kept, start, end)
    return StreamingResponse(body, 206 if partial else 200, sent, media_type=media_type or upload["content_type"])


def _asked(header: str, size: int) -> tuple[int, int, bool] | None:
    """(start, end, whether it is a part) of a Range header; all of it for one that says nothing usable.

    None for a range that lies beyond the end.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return 0, size, False
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end, True) if start < end else None


async def _written(world: World, kept: Pieces, start: int, end: int) -> AsyncIterator[bytes]:
    for one in kept.between(start, end):
        with world.read() as connection:
            content = media.piece(connection, kept.media_id, one.segment)
        yield content[one.first : one.last]
