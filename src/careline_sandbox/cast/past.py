"""What was before the demo began: some of it answered, some waiting for minutes, hours, a day.

It is written once, before anybody of the cast comes on, with the ids and times of when it would have been.
"""

from __future__ import annotations

from careline_sandbox.cast.stage import Stage

_MINUTE = 60_000
_HOUR = 60 * _MINUTE

_NEWS = "Our app has a new home screen from today. Tell us what you think of it!"
#: Minutes ago, name, what they wrote, and what the brand answered some minutes later ("" for nothing yet).
_BEFORE = (
    (26 * 60, "Priya", "{brand} is the shop at the harbour open on Sunday?", "Yes, from 10 to 18. See you there!"),
    (150, "Olaf", "{brand} the lamp I ordered came without its shade. What now?", ""),
    (48, "Sofia", "{brand} ho ordinato due giorni fa e non ho ricevuto nessuna conferma.", ""),
    (21, "Noor", "{brand} my voucher says “not valid”, but it is from this week.", ""),
    (9, "Mats", "{brand} kan jag byta storlek utan kvitto?", ""),
    (3, "Wulan", "{brand} apakah pesanan bisa diambil di toko?", ""),
)
_ANSWER_AFTER_MS = 12 * _MINUTE


def play(stage: Stage, now_ms: int) -> None:
    """Write it, the oldest first."""
    stage.say(stage.brand, _NEWS, now_ms - 27 * _HOUR, past=True)
    for minutes, name, text, answer in _BEFORE:
        at_ms = now_ms - minutes * _MINUTE
        person_id = stage.person(
            name.lower(), name=f"{name} (example)", description="Invented for the demo of Careline.", at_ms=at_ms
        )
        words = text.format(brand=f"@{stage.brand['username']}")
        post_id = stage.say(stage.who(person_id), words, at_ms, past=True)
        if answer:
            stage.say(stage.brand, answer, at_ms + _ANSWER_AFTER_MS, to=post_id, past=True)
