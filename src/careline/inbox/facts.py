"""What is known before the first letter: whether the network takes the answer, and what the desk goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from careline.domain.consent import Verdict
from careline.domain.reach import Can, Reach, Why
from careline.inbox import say, times


@dataclass(frozen=True, slots=True)
class Fact:
    """`tone`: "good", "wait" (nobody knows), "bad", or "mind" for what has nothing to do with whether it is taken."""

    tone: str
    text: str


def public(reach: Reach, network_name: str) -> Fact:
    """Whether a post can be answered from here."""
    texts = _WORDS[reach.can, reach.why]
    return Fact(_TONES[reach.can], texts() % {"network": say.network(network_name)})


def private(verdict: Verdict, refused_ms: int | None, network_name: str, now_ms: int) -> tuple[Fact, ...]:
    """Why we may write privately, and whether the network refused our last message to this person."""
    told = []
    if verdict.at_ms is not None:
        when = {"time": times.moment(verdict.at_ms, now_ms)}
        told.append(Fact("good", _("They wrote to us privately (%(time)s), so we may answer.") % when))
    if refused_ms is not None:
        words = {"network": say.network(network_name), "time": times.moment(refused_ms, now_ms)}
        text = _(
            "%(network)s refused our last message to them (%(time)s): perhaps they blocked us or closed their messages."
        )
        told.append(Fact("bad", text % words))
    return tuple(told)


_TONES = {Can.YES: "good", Can.UNKNOWN: "wait", Can.NO: "bad"}

_WORDS: dict[tuple[Can, Why], Callable[[], str]] = {
    (Can.YES, Why.EXEMPT): lambda: _("%(network)s takes this answer: our app may answer any post."),
    (Can.YES, Why.NAMED): lambda: _("%(network)s takes this answer: they named us in this post."),
    (Can.YES, Why.QUOTED): lambda: _("%(network)s takes this answer: they quoted a post of ours."),
    (Can.YES, Why.ANSWERED): lambda: _("%(network)s takes this answer: they answered us. It did before."),
    (Can.YES, Why.CARRIED): lambda: _("%(network)s takes this answer: we take part in this thread. It did before."),
    (Can.UNKNOWN, Why.ANSWERED): lambda: _(
        "%(network)s may refuse this: they answered us without naming us, and nobody has tried such an answer yet."
    ),
    (Can.UNKNOWN, Why.CARRIED): lambda: _(
        "%(network)s may refuse this: our name is only carried along in this thread, and nobody has tried yet."
    ),
    (Can.NO, Why.ANSWERED): lambda: _(
        "%(network)s does not take this answer from here: they answered us without naming us. It refused before."
    ),
    (Can.NO, Why.CARRIED): lambda: _(
        "%(network)s does not take this answer from here: our name is only carried along. It refused before."
    ),
    (Can.NO, Why.STRANGER): lambda: _(
        "%(network)s does not take this answer from here: this post neither names us nor quotes us."
    ),
}
