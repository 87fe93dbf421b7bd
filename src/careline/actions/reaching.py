"""Whether a post can be answered from here, and what every try teaches about what the network leaves open (law 9)."""

from __future__ import annotations

from careline.actions.decisions import Journal
from careline.channels.base import Outcome, Refused, Sent
from careline.domain.reach import OPEN_QUESTIONS, Reach, Summons, names, reach
from careline.domain.words import Direction, Kind
from careline.store.models import Account, Delivery, Message
from careline.store.scoped import scoped

#: In `Account.capabilities`: "anyone" where X's rule of 2026 does not bind the app; what was learned by trying.
MAY_ANSWER, LEARNED = "may_answer", "answers_taken"
NOT_SUMMONED = "not_summoned"


def reach_of(post: Message, account: Account) -> Reach:
    """Whether `account` can answer `post`. 1 or 2 queries."""
    exempt = account.capabilities.get(MAY_ANSWER) == "anyone"
    return reach(_summons(post, account), exempt=exempt, learned=account.capabilities.get(LEARNED, {}))


def learn(journal: Journal, delivery: Delivery, outcome: Outcome) -> None:
    """An answer was taken, or refused for want of a summons: remember it where X's rule leaves that open."""
    message = delivery.message
    taken = isinstance(outcome, Sent)
    if message.kind != Kind.POST or not (taken or (isinstance(outcome, Refused) and outcome.reason == NOT_SUMMONED)):
        return
    post = _post(message, message.reply_to_id)
    why = reach_of(post, delivery.account).why if post is not None else None
    if why in OPEN_QUESTIONS and delivery.account.capabilities.get(LEARNED, {}).get(why) is not taken:
        account = scoped(Account, journal.workspace_id).select_for_update().get(id=delivery.account_id)
        learned = {**account.capabilities.get(LEARNED, {}), why: taken}
        account.capabilities = {**account.capabilities, LEARNED: learned}
        account.save(update_fields=["capabilities"])


def _summons(post: Message, account: Account) -> Summons:
    us = account.network_id
    parent = _post(post, post.reply_to_id)
    named = names(post.text, account.handle)
    carried = us in post.mentions and not named
    # A leading name that the post above had no reason to carry was typed.
    typed = carried and (not post.reply_to_id or (parent is not None and not _carries(parent, us)))
    return Summons(
        names=named or typed,
        carries=carried,
        quotes=post.quoted_user_id == us or _is_ours(_post(post, post.quoted_id), us),
        answers=post.reply_to_user_id == us or _is_ours(parent, us),
    )


def _carries(parent: Message, us: str) -> bool:
    return parent.author_network_id == us or us in parent.mentions


def _is_ours(post: Message | None, us: str) -> bool:
    return post is not None and post.direction == Direction.OUT and post.author_network_id == us


def _post(beside: Message, network_id: str) -> Message | None:
    """The post with this id, where the desk has it."""
    if not network_id:
        return None
    posts = scoped(Message, beside.workspace_id).filter(network=beside.network, kind=Kind.POST, network_id=network_id)
    return posts.first()
