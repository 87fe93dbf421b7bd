"""What was before the demo began: some of it answered, some waiting for minutes, hours, a day.

It is written once, before anybody of the cast comes on, with the ids and times of when it would have been. Those who
still wait have a story from then on: they react when they are answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from careline_sandbox.cast.stage import Stage

_MINUTE = 60_000
_HOUR = 60 * _MINUTE

_NEWS = "Our app has a new home screen from today. Tell us what you think of it!"
#: Minutes ago, language, name, what they wrote, and what the brand answered some minutes later ("" for nothing yet).
_BEFORE = (
    (26 * 60, "en", "Priya", "{brand} is the harbour shop open on Sunday?", "Yes, from 10 to 18. See you there!"),
    (150, "en", "Olaf", "{brand} the lamp I ordered came without its shade. What now?", ""),
    (
        95, "de", "Lena", "{brand} Mein Gutschein wurde zweimal eingelöst, aber nur einmal abgezogen?!",
        "Das sehen wir uns an! Schreiben Sie uns bitte die Bestellnummer: {link}",
    ),
    (48, "it", "Sofia", "{brand} ho ordinato due giorni fa e non ho ricevuto nessuna conferma.", ""),
    (21, "en", "Noor", "{brand} my voucher says “not valid”, but it is from this week.", ""),
    (9, "sv", "Mats", "{brand} kan jag byta storlek utan kvitto?", ""),
    (3, "id", "Wulan", "{brand} apakah pesanan bisa diambil di toko?", ""),
)  # fmt: skip
_ANSWER_AFTER_MS = 12 * _MINUTE
#: Who took the invitation: name, minutes ago, what they wrote.
_PRIVATELY = ("Lena", 70, "Hallo, es geht um Bestellung 3307. Danke fürs schnelle Melden!")


def play(stage: Stage, now_ms: int) -> Iterator[tuple[int, str, int]]:
    """Write it, the oldest first; (person, language, first post) of those who wait for an answer."""
    stage.say(stage.brand, _NEWS, now_ms - 27 * _HOUR, past=True)
    for minutes, language, name, text, answer in _BEFORE:
        at_ms = now_ms - minutes * _MINUTE
        person_id = stage.person(
            name.lower(), name=f"{name} (example)", description="Invented for the demo of Careline.", at_ms=at_ms
        )
        person = stage.who(person_id)
        post_id = stage.say(person, text.format(brand=f"@{stage.brand['username']}"), at_ms, past=True)
        if answer:
            link = f"https://x.com/messages/compose?recipient_id={stage.brand['id']}"
            stage.say(stage.brand, answer.format(link=link), at_ms + _ANSWER_AFTER_MS, to=post_id, past=True)
        if name == _PRIVATELY[0]:
            stage.write(person, stage.brand, _PRIVATELY[2], now_ms - _PRIVATELY[1] * _MINUTE)
        if not answer or name == _PRIVATELY[0]:
            yield person_id, language, post_id
