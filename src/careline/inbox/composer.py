"""The composer: for each way of speaking, whether it is open, to whom it goes, who will read it, and what was typed.

Law 3: which panel is shown first follows the customer's last message, and each panel names its audience, the account
that speaks and the message that is answered before anything can be typed. Law 5: a closed panel says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from careline.actions import context, held_back
from careline.actions.consent import can_dm
from careline.actions.converse import DM_CHARS, LINK_WEIGHT, NOTE_CHARS, POST_WEIGHT
from careline.actions.held_back import Seen
from careline.actions.mentions import Mentioned, carries
from careline.actions.outbound import signature
from careline.actions.reaching import reach_of
from careline.actions.speaker import speaker
from careline.domain.reach import Can
from careline.domain.signature import sign
from careline.domain.weighted_text import reply_weight
from careline.domain.words import Kind
from careline.inbox import facts
from careline.inbox.access import Seat
from careline.inbox.by_hand import answer_there
from careline.inbox.errors import Trouble
from careline.inbox.facts import Fact
from careline.inbox.forms import Written
from careline.inbox.veil import given_away, request_to_delete
from careline.store.models import Account, Identity, Message
from careline.store.queries import composing, timeline
from careline.store.queries.timeline import Answerable, Head, Line
from careline.store.scoped import scoped

MODES = ("public", "private", "note", "invite")


@dataclass(frozen=True, slots=True)
class Panel:
    """One way of speaking. `closed`: why it cannot be used, "" if it can. `limit` in weight (posts) or characters.

    `others`: whom the network notifies beside the customer, `left_out` of whom the writer will not; `signature`: the
    letters with which it will be signed. `facts`: what is known before anything is typed; `by_hand`: where the answer
    can be posted in the network's own app, if it may be refused here. `suggestion`: words to begin with.
    """

    mode: str
    closed: str = ""
    answers: Line | None = None
    account_id: int = 0
    account_handle: str = ""
    limit: int = NOTE_CHARS
    weighted: bool = False
    text: str = ""
    first_line: str = ""
    uid: UUID | None = None
    trouble: Trouble | None = None
    others: tuple[Mentioned, ...] = ()
    left_out: frozenset[str] = frozenset()
    signature: str = ""
    facts: tuple[Fact, ...] = ()
    by_hand: str = ""
    suggestion: str = ""

    @property
    def refuses(self) -> bool:
        """Whether the network is known not to take this answer from here."""
        return bool(self.by_hand) and any(one.tone == "bad" for one in self.facts)

    @property
    def carried(self) -> tuple[str, ...]:
        """The handles that the network puts in front of the answer by itself; typed there too, they do not count."""
        kept = [one.handle for one in self.others if one.network_id not in self.left_out]
        return tuple(name for name in (self.answers.handle, *kept) if name) if self.answers and self.weighted else ()

    @property
    def used(self) -> int:
        """How long the text is, as the network counts it, signature included."""
        text = sign(self.text, self.signature)
        return reply_weight(text, self.carried) if self.weighted else len(text)

    @property
    def left(self) -> int:
        """How much there is room for; below 0: how much is too much."""
        return self.limit - self.used


@dataclass(frozen=True, slots=True)
class Composer:
    """All panels; `chosen` is shown first. `seen`: the last messages when this was made, to hold an answer back by.

    `silent`: the customer asks in public and we have said nothing there yet.
    """

    panels: dict[str, Panel]
    chosen: str
    seen: Seen
    silent: bool = False

    @property
    def latest_id(self) -> int:
        """The customer's last message when this was made, or 0."""
        return self.seen.theirs_id


def compose(seat: Seat, head: Head, *, asked_id: int = 0, mode: str = "") -> Composer:
    """The composer of a conversation; `asked_id`: a message chosen to be answered; `mode`: a panel asked for."""
    found = timeline.answerable(seat.workspace.id, head.id, asked_id=asked_id)
    drafts = timeline.drafts(seat.workspace.id, head.id, seat.user.id)
    public = _public(seat, found)
    panels = {
        "public": public,
        "private": _private(seat, head, found),
        "note": Panel("note"),
        "invite": _invite(public),
    }
    panels = {
        name: replace(one, text=drafts.get(name, ""), uid=uuid4(), signature=_signature(seat, name))
        for name, one in panels.items()
    }
    latest = found.latest
    seen = held_back.shown(seat.workspace.id, head.id, theirs_id=latest.id if latest else 0)
    asks_in_public = latest is not None and latest.kind is Kind.POST
    silent = asks_in_public and composing.silent(seat.workspace.id, latest.thread_id if latest else None)
    return Composer(panels, _chosen(panels, found, mode), seen, silent)


def again(composer: Composer, mode: str, written: Written, trouble: Trouble) -> Composer:
    """The same composer after a verb refused: everything as typed, and why.

    What it says it has shown is what the page had shown before, and now also what held the answer back.
    """
    panel = composer.panels[mode]
    panel = replace(
        panel,
        text=written.text,
        uid=written.uid or uuid4(),
        trouble=trouble,
        first_line=written.first_line or panel.first_line,
        left_out=frozenset(written.leave_out),
    )
    seen, quote = written.seen, trouble.quote
    if quote is not None:
        seen = replace(seen, ours_id=quote.id) if quote.ours else replace(seen, theirs_id=quote.id)
    return replace(composer, panels=composer.panels | {mode: panel}, chosen=mode, seen=seen)


def _signature(seat: Seat, mode: str) -> str:
    kinds = {"public": Kind.POST, "invite": Kind.POST, "private": Kind.DM}
    return signature(seat.workspace, kinds[mode], seat.user) if mode in kinds else ""


def _chosen(panels: dict[str, Panel], found: Answerable, mode: str) -> str:
    if mode in panels:
        return mode
    answers = found.asked or found.latest
    wanted = "private" if answers is not None and answers.kind is Kind.DM else "public"
    return wanted if not panels[wanted].closed else "note"


def _public(seat: Seat, found: Answerable) -> Panel:
    post = found.asked if found.asked and found.asked.kind is Kind.POST else found.post
    if post is None:
        return Panel("public", closed=_("There is no public post of this customer to answer."))
    message = composing.message(seat.workspace.id, post.id)
    account = speaker(message) if message else None
    if message is None or account is None:
        return Panel("public", closed=_no_account())
    reach = reach_of(message, account)
    return Panel(
        "public",
        facts=(facts.public(reach, message.network),),
        by_hand="" if reach.can is Can.YES else answer_there(account, message.network_id or ""),
        answers=post,
        account_id=account.id,
        account_handle=account.handle,
        limit=POST_WEIGHT,
        weighted=True,
        others=carries(message, account).others,
    )


def _invite(public: Panel) -> Panel:
    if public.closed:
        return replace(public, mode="invite")
    first_line = _("Hello, I was asked to write to you here. My order number is: ")
    invite = replace(public, mode="invite", limit=POST_WEIGHT - LINK_WEIGHT, first_line=first_line)
    if public.answers is None or not (given := given_away(public.answers)):
        return invite
    fact = Fact("mind", _("They posted %(what)s where everyone can read it.") % {"what": ", ".join(given)})
    return replace(invite, facts=(fact, *public.facts), suggestion=request_to_delete(public.answers))


def _private(seat: Seat, head: Head, found: Answerable) -> Panel:
    dm = found.asked if found.asked and found.asked.kind is Kind.DM else found.dm
    last = dm or found.latest
    account = _speaker(seat, last) if last else None
    if last is None or account is None:
        return Panel("private", closed=_no_account())
    identity = scoped(Identity, seat.workspace.id).filter(id=last.identity_id or head.person.id).first()
    verdict = can_dm(identity, account) if identity else None
    if verdict is None or not verdict.allowed:
        return Panel("private", closed=_why_not(verdict.why if verdict else ""), account_handle=account.handle)
    assert identity is not None
    refused_ms = composing.refused_ms(seat.workspace.id, identity, account)
    return Panel(
        "private",
        facts=facts.private(verdict, refused_ms, account.network, context.current().clock.now_ms()),
        answers=dm,
        account_id=account.id,
        account_handle=account.handle,
        limit=DM_CHARS,
    )


def _speaker(seat: Seat, line: Line) -> Account | None:
    message = scoped(Message, seat.workspace.id).filter(id=line.id).first()
    return speaker(message) if message is not None else None


def _no_account() -> str:
    return _("No account of ours is connected that could answer. An admin can connect one.")


def _why_not(why: str) -> str:
    if why == "stopped":
        return _("They asked us to stop writing privately. You can write again once they write to us.")
    return _("They have not written to us privately. Invite them: an answer in public with a link to a message.")
