"""What the cast says: a file a language, so that a native speaker can mend one without reading a line of code.

`{brand}` becomes the brand's handle with its @. A key has variants; everybody is invented, and every address is of the
example domains of RFC 2606.
"""

from __future__ import annotations

from careline_sandbox.cast.lines import de, en, id_, it, pt, sv

LANGUAGES = {"en": en, "de": de, "it": it, "pt": pt, "sv": sv, "id": id_}


def names(language: str) -> tuple[str, ...]:
    """First names of people who speak it."""
    return tuple(LANGUAGES[language].NAMES)


def variants(language: str, key: str) -> tuple[str, ...]:
    """All ways to say it. Raises KeyError for a line that nobody has written."""
    return tuple(LANGUAGES[language].LINES[key])
