"""What a person does next: pure, a function of where they stand, what the brand did, the time and a seeded chance.

Chances are drawn from a generator made of seed, story and step, so that two runs with the same clock and the same
answers are the same to the letter, whatever else happens between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from careline_sandbox.cast import lines
from careline_sandbox.cast.characters import BY_NAME, Character, Cue, Step

#: Seconds at speed 1 that somebody takes to read and to type.
_THINK_S = (6.0, 20.0)
_CHORUS_S = (15.0, 90.0)


@dataclass(frozen=True, slots=True)
class Story:
    """One person's way through a character. Times in ms.

    `step`: done or, while `due_ms` is set, to be done then. `since_ms`: when it was done; patience runs from there.
    `seen_ms`: what the brand did up to then has been taken in; what it does while they type is not lost.
    `post_id`: the person's first post, or for a chorus the post that they join. `ended`: nothing more will come.
    `heard`: the brand has reacted to them at least once.
    """

    id: int
    character: str
    language: str
    person_id: int
    step: str
    due_ms: int | None
    since_ms: int
    seen_ms: int
    post_id: int | None
    ended: bool = False
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the brand did, and when."""

    cue: Cue
    at_ms: int


def character_of(story: Story) -> Character:
    """The character that a story follows."""
    return BY_NAME[story.character]


def step_of(story: Story) -> Step:
    """The step at which a story stands."""
    return character_of(story).steps[story.step]


def chance(seed: int, story: Story, purpose: str) -> Random:
    """The same luck each time it is asked for the same purpose. (Not for secrets.)"""
    return Random(f"{seed}/{story.id}/{story.step}/{purpose}")  # noqa: S311


def spoken(seed: int, story: Story, *, brand: str, me: str, key: str = "") -> str:
    """What this step says, in the person's language and one of its variants."""
    step = step_of(story)
    key = key or step.line
    texts = lines.variants(story.language, key)
    return chance(seed, story, key).choice(texts).format(brand=f"@{brand}", me=me)


def done(story: Story, at_ms: int) -> Story:
    """The step has been taken; a last one ends the story."""
    return replace(story, due_ms=None, since_ms=at_ms, ended=not step_of(story).then)


def react(seed: int, story: Story, heard: Heard | None, now_ms: int, speed: float, *, late_ms: int = 60_000) -> Story:
    """Decide what comes next: `heard` is the first thing that the brand did since `seen_ms`, None for nothing yet.

    Times follow from when things happened, not from when this is asked, so that it may be asked up to `late_ms` late.
    """
    if story.ended or story.due_ms is not None:
        return story
    step = step_of(story)
    patient_until_ms = story.since_ms + int(step.patience * 1000 / speed)
    nobody_looked = now_ms - patient_until_ms > late_ms
    if heard is not None and (heard.at_ms <= patient_until_ms or nobody_looked):
        return _answered(seed, replace(story, heard=True, seen_ms=heard.at_ms), heard, speed)
    if now_ms < patient_until_ms:
        return story
    following = step.then.get(Cue.SILENCE)
    return replace(story, ended=True) if following is None else replace(story, step=following, due_ms=patient_until_ms)


def _answered(seed: int, story: Story, heard: Heard, speed: float) -> Story:
    following = step_of(story).then.get(heard.cue)
    if following is None:
        return story
    ahead = replace(story, step=following)
    wait_s = chance(seed, ahead, "think").uniform(*_THINK_S)
    return replace(ahead, due_ms=max(heard.at_ms, story.since_ms) + int(wait_s * 1000 / speed))


def chorus_due_ms(seed: int, story: Story, number: int, now_ms: int, speed: float) -> int:
    """When the next of a chorus speaks."""
    first = chance(seed, story, f"chorus {number}").uniform(*_CHORUS_S)
    return now_ms + int((first + 12 * number) * 1000 / speed)
