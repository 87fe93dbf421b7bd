"""Which role may use which verb: the one table, enforced by `actions`."""

from __future__ import annotations

from careline.domain.words import Role

_AGENT = frozenset({Role.AGENT, Role.LEAD, Role.ADMIN})
_LEAD = frozenset({Role.LEAD, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})

#: Observers (PR, marketing) read; they are in no row.
MAY: dict[str, frozenset[Role]] = {
    "reply": _AGENT,
    "direct": _AGENT,
    "invite": _AGENT,
    "note": _AGENT,
    "assign": _AGENT,
    "resolve": _AGENT,
    "reopen": _AGENT,
    "spam": _AGENT,
    "ignore": _AGENT,
    "undo": _AGENT,
    "split": _AGENT,
    "cancel": _AGENT,
    "retry": _AGENT,
    "settle_unknown": _AGENT,
    "retry_set_aside": _LEAD,
    "see_figures": _LEAD,
    "connect_account": _ADMIN,
    "manage_people": _ADMIN,
    "change_settings": _ADMIN,
}


def may(role: Role | None, verb: str) -> bool:
    """Whether `role` may use `verb`; the desk itself (None) may use all of them. Raises KeyError for no such verb."""
    allowed = MAY[verb]
    return role is None or role in allowed
