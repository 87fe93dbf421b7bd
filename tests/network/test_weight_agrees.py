"""The desk's count and the local X's are written apart; X must take what we say fits and refuse one more."""

from __future__ import annotations

import pytest

from careline.domain.weighted_text import LIMIT, fits, weight
from sandbox.served import Served


@pytest.mark.parametrize(
    "text",
    [
        "plain ",
        "Grüße – “so” … ",
        "漢字かな交じり文 ",
        "한국어와 Русский ",
        "👨‍👩‍👧‍👦 👍🏽 🇩🇪 1️⃣ ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ",
        "https://example.com/a/very/long/path?with=a&query=too ",
        "two example.com, and https://example.org/x. ",
        "mail me@example.com or @nobody ",
        "cafe\u0301 cafe\u0301 ",
        "ends with a link https://x.com/messages/compose?recipient_id=12345 ",
    ],
)
def test_what_we_say_fits_is_taken_and_one_more_is_not(x: Served, text: str) -> None:
    person = x.person("writer")
    full = text + "x" * (LIMIT - weight(text))
    assert weight(full) == LIMIT
    assert fits(full)
    taken = person.post("/2/tweets", {"text": full})
    assert taken.status_code == 201, taken.text
    assert person.post("/2/tweets", {"text": full + "x"}).status_code != 201
