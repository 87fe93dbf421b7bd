"""Why a verb did not do what was asked. `code` is for programs and translations, `args[0]` says it in English."""

from __future__ import annotations


class ActionError(Exception):
    """Nothing was changed."""

    code = "error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code


class Denied(ActionError):
    """The actor's role may not use this verb."""

    code = "denied"


class NotFound(ActionError):
    """No such thing in this workspace (a wall: what is in another workspace does not exist, law 7)."""

    code = "not_found"


class Invalid(ActionError):
    """The request cannot be carried out as it stands: empty text, too long, wrong state."""

    code = "invalid"


class Conflict(ActionError):
    """Somebody or something else was faster; look again."""

    code = "conflict"


class NeedsConfirmation(ActionError):
    """Speaking in public where private messages are: ask first, in words (law 3)."""

    code = "confirm_public"


class NotPermitted(ActionError):
    """No recorded reason to message this person privately, or they said stop (law 5)."""

    code = "no_reason_to_dm"


class Held(Conflict):
    """Something was said that the page had not shown; `message_id` is it. Whoever has seen that may send."""

    def __init__(self, message: str, code: str, message_id: int) -> None:
        super().__init__(message, code)
        self.message_id = message_id
