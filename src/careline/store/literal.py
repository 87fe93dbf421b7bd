"""A word of ours spelled out in the SQL and not bound to it, so that partial indexes are used.

SQLite takes a partial index only where a query repeats the index's condition, constants included
(sqlite.org/partialindex.html); a bound value is not known when the plan is made.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Value


class Literal(Value):
    """A constant of `domain.words`. Never for anything that came from outside: it is not escaped, only checked."""

    def __init__(self, word: str) -> None:
        if not word.replace("_", "").isalnum():
            msg = f"not a word: {word!r}"
            raise ValueError(msg)
        super().__init__(str(word))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """The word in quotes."""
        return f"'{self.value}'", ()
