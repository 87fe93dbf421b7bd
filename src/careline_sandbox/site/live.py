"""Telling open pages that something changed for them, so that they fetch themselves anew.

One stream of server-sent events a page. It waits for commits, it does not ask in turns; each event carries the
number of the happening, so a page that was cut off goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from careline_sandbox.local_x import LocalX
from careline_sandbox.site import who
from careline_sandbox.site.visit import HEADERS, Visit, visit
from careline_sandbox.world import happenings
from careline_sandbox.world.happenings import Happening

_BEAT_S = 20  # a sign of life, so that a page whose other end is gone notices it


@visit("GET /_site/changes")
async def changes(come: Visit) -> Response:
    """The numbers of happenings that concern the acting person, as they come."""
    with come.local_x.world.read() as connection:
        me = come.me(connection)["id"]
    last = who.number(come.request.headers.get("last-event-id", ""))
    seq = (come.number("after") or 0) if last is None else last
    return StreamingResponse(_lines(come.local_x, me, seq), media_type="text/event-stream", headers=HEADERS)


async def _lines(local_x: LocalX, me: int, seq: int) -> AsyncIterator[str]:
    woken, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake(_: int) -> None:
        loop.call_soon_threadsafe(woken.set)  # commits come from other threads, too

    undo = local_x.world.subscribe(wake)
    try:
        yield "retry: 1000\n\n"
        while True:
            woken.clear()
            with local_x.world.read() as connection:
                happened = happenings.after(connection, seq)
            if happened:
                seq = happened[-1].seq
                if any(_concerns(one, me) for one in happened):
                    yield f"id: {seq}\ndata: changed\n\n"
                continue
            try:
                await asyncio.wait_for(woken.wait(), _BEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        undo()


def _concerns(happening: Happening, me: int) -> bool:
    if happening.kind == "dm.typing":
        return happening.other_id == me  # the typist's own page has nothing to show
    return happening.kind.startswith("post.") or me in (happening.actor_id, happening.subject_id, happening.other_id)


ROUTES = [changes]
