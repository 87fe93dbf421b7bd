"""The closed lists that may stand in an address; anything else is a page that does not exist."""

from __future__ import annotations

from careline.store.queries.inbox import View


class _Words:
    words: tuple[str, ...] = ()

    def to_python(self, value: str) -> str:
        """The word itself."""
        return value

    def to_url(self, value: str) -> str:
        """The word itself. Raises ValueError for another."""
        if value not in self.words:
            raise ValueError(value)
        return str(value)


class ViewName(_Words):
    """A list: one of the views, or what a search found."""

    words = (*View, "find")
    regex = "|".join(words)


class Mode(_Words):
    """What the composer makes."""

    words = ("public", "private", "note", "invite")
    regex = "|".join(words)


class Verb(_Words):
    """What a button does to a conversation."""

    words = ("assign", "resolve", "reopen", "spam", "ignore", "undo")
    regex = "|".join(words)


class OutboxVerb(_Words):
    """What a button does to a message on its way out."""

    words = ("cancel", "retry", "mark_sent", "send_again")
    regex = "|".join(words)
