"""Users in X's three shapes: v2 objects, the same wrapped in `data`, and the older Account Activity ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from careline.channels.x.reading import Json, network_id, obj, objects, pick, text, unwrapped
from careline.domain.facts import Profile


def profile(user: Json, as_of: int) -> Profile | None:
    """The person, or None where id or handle are missing (X sends empty objects for some)."""
    user_id, handle = network_id(user.get("id")), text(pick(user, "username", "screen_name"))
    if not user_id or not handle:
        return None
    return Profile(
        id=user_id,
        handle=handle,
        name=text(user.get("name")) or handle,
        avatar_url=text(pick(user, "profile_image_url", "profile_image_url_https")),
        protected=user.get("protected") is True,
        as_of=as_of,
    )


def profiles(users: Any, as_of: int) -> Iterator[Profile]:
    """Everyone in a list of users or in an object of users keyed by id."""
    found = objects(users) if isinstance(users, list) else map(unwrapped, obj(users).values())
    return (person for user in found if (person := profile(user, as_of)))


def ids_by_handle(users: Any) -> dict[str, str]:
    """User ids by lower-case handle, for mentions that X sent without an id."""
    return {person.handle.lower(): person.id for person in profiles(users, 0)}
