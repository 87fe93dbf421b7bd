"""What a person sets for themselves: how they are called and how their pages look and speak. No workspace's matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from careline.actions.errors import Invalid
from careline.store.models import User

_INITIALS = re.compile(r"[^\W_]{2,4}")
_LONGEST_NAME = 120
_OWN = frozenset({"name", "initials", "language", "time_zone", "theme", "contrast", "density", "single_keys"})


def change_preferences(user: User, **wanted: Any) -> None:
    """Set what is given, by the names of the model's fields. Raises Invalid whose code is the field at fault."""
    unknown = set(wanted) - _OWN
    if unknown:
        msg = f"Not a preference: {sorted(unknown)}"
        raise TypeError(msg)
    _judge(wanted)
    for name, value in wanted.items():
        setattr(user, name, value)
    user.save(update_fields=list(wanted))


def _judge(wanted: Mapping[str, Any]) -> None:
    if not 1 <= len(wanted.get("name", "-")) <= _LONGEST_NAME:
        raise Invalid(f"A name has 1 to {_LONGEST_NAME} characters.", "name")
    initials = wanted.get("initials", "")
    if initials and not _INITIALS.fullmatch(initials):
        raise Invalid("Initials are 2 to 4 letters or digits.", "initials")
