"""Law 5 at the door: nobody is messaged privately without a recorded reason."""

from __future__ import annotations

from careline.actions.errors import NotPermitted
from careline.domain.consent import Verdict, may_dm
from careline.store.models import Account, Identity

_WORDS = {
    "never_wrote": "They have not written to you privately. Invite them: an answer in public with a link to a message.",
    "stopped": "They asked you to stop. You can write again once they write to you.",
}


def can_dm(identity: Identity, account: Account) -> Verdict:
    """Whether `account` may write privately to `identity` just now, and why."""
    return may_dm(identity.wrote_ms.get(account.network_id), identity.stopped_ms)


def check_dm(identity: Identity, account: Account) -> Verdict:
    """The reason why it may. Raises NotPermitted."""
    verdict = can_dm(identity, account)
    if not verdict.allowed:
        raise NotPermitted(_WORDS[verdict.why], verdict.why)
    return verdict
