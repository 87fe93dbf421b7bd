"""The last line of a conversation for the list, without what every line there begins with."""

from __future__ import annotations

import re

#: On X a post to us begins with our handle, and an answer with those of everybody addressed.
_ADDRESSED = re.compile(r"(?:@\w{1,50}[\s:,]+)+")


def essence(preview: str) -> str:
    """Without leading handles, if anything is left."""
    found = _ADDRESSED.match(preview)
    return preview[found.end() :] or preview if found else preview
