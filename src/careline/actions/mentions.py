"""Whom an answer notifies beside the customer: a network puts the names of all who were mentioned in front of it.

X does so for its author and everybody named in the post that is answered, and takes a list of those to leave out
(`reply.exclude_reply_user_ids`). Never the customer: then nobody would hear the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from careline.store.models import Account, Identity, Message
from careline.store.scoped import scoped

_HANDLE = re.compile(r"(?<![\w@])@(\w{1,15})\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Somebody whom an answer notifies; `handle` "" while the desk has not learnt it."""

    network_id: str
    handle: str


@dataclass(frozen=True, slots=True)
class Carried:
    """Whom an answer to a post notifies beside its author, in the order in which they were named."""

    others: tuple[Mentioned, ...]


def carries(answers: Message, account: Account) -> Carried:
    """See Carried; `account` answers, and is not told of its own answer."""
    ids = [one for one in answers.mentions if one not in (account.network_id, answers.author_network_id)]
    known = scoped(Identity, answers.workspace_id).filter(network=answers.network, network_id__in=ids)
    handles = dict(known.values_list("network_id", "handle"))
    handles |= _guessed(answers, [one for one in ids if not handles.get(one)], {*handles.values(), account.handle})
    return Carried(tuple(Mentioned(one, handles.get(one, "")) for one in ids))


def _guessed(answers: Message, nameless: list[str], known: set[str]) -> dict[str, str]:
    """Names in the text are in the order of the ids: where as many of either are left, they belong together."""
    taken = {handle.casefold() for handle in known}
    named = {one.casefold(): one for one in reversed(_HANDLE.findall(answers.text))}
    left = [one for fold, one in reversed(named.items()) if fold not in taken]
    return dict(zip(nameless, left, strict=True)) if len(left) == len(nameless) else {}
