"""The words of the stream: server-sent events (html.spec.whatwg.org, "9.2.6 Interpreting an event stream").

Ids are strings in JSON: they have 63 bits, and a browser's numbers hold 53.
"""

from __future__ import annotations

import json

from careline.ports.live import Changed

#: First bytes, so that the browser knows at once that it is connected. Half a second until it comes back.
WELCOME = b"retry: 500\n: careline\n\n"
#: A comment: nothing happens in the page, but proxies and the browser see that the line is alive.
BEAT = b": beat\n\n"


def change(changed: Changed) -> bytes:
    """One change."""
    data = {
        "seq": changed.seq,
        "what": changed.what,
        "conversation_id": _text(changed.conversation_id),
        "message_id": _text(changed.message_id),
    }
    return b"id: %d\nevent: change\ndata: %s\n\n" % (changed.seq, json.dumps(data, separators=(",", ":")).encode())


def resync(seq: int) -> bytes:
    """What was missed can no longer be told: fetch everything that is on the screen anew, as of `seq` or later."""
    return b'id: %d\nevent: resync\ndata: {"seq":%d}\n\n' % (seq, seq)


def presence(conversation_id: int) -> bytes:
    """Somebody has come to a conversation, begun to write there or left. No id: nobody needs to catch up on it."""
    return b'event: presence\ndata: {"conversation_id":"%d"}\n\n' % conversation_id


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
