"""What a text gives away of a person, and that nothing of it is left once it is hidden."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.domain.personal import Sort, find, hide


def sorts(text, lang=""):
    return [one.sort for one in find(text, lang)]


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("@acme my mail is lena.marsh+x@example.co.uk, answer there", "en", [Sort.EMAIL]),
        ("pay it back to DE89 3704 0044 0532 0130 00 please", "de", [Sort.ACCOUNT]),
        ("IBAN GB33BUKB20201555555555", "en", [Sort.ACCOUNT]),
        ("my card 4111 1111 1111 1111 was charged", "en", [Sort.CARD]),
        ("ring me: +44 20 7946 0018", "en", [Sort.PHONE]),
        ("ruft mich an: 030 901820", "de", [Sort.PHONE]),
        ("me liga (11) 96123-4567", "pt", [Sort.PHONE]),
        ("a@example.org or +49 30 901820", "de", [Sort.EMAIL, Sort.PHONE]),
        ("order 4711-0815-2342 has not come", "en", []),
        ("DE89 3704 0044 0532 0130 03 is no account", "de", []),
        ("4111 1111 1111 1112 is no card", "en", []),
        ("@lena @acme_example what now?", "en", []),
        ("it cost 1,299.00 on 2026-11-26 at 10:30", "en", []),
        ("tracking 1Z999AA10123456784", "en", []),
        ("", "", []),
    ],
)
def test_what_is_found(text, lang, found):
    assert sorts(text, lang) == found


@given(st.text(), st.sampled_from(["", "en", "de", "it", "pt", "sv", "in"]))
def test_any_text_can_be_looked_at_and_what_was_hidden_stays_hidden(text, lang):
    spans = [(one.start, one.end) for one in find(text, lang)]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@given(st.text(alphabet="abc .,@", max_size=20), st.emails(), st.text(alphabet="abc .,", max_size=20))
def test_an_address_is_gone_once_hidden(before, address, after):
    said = f"{before} {address} {after}"
    if Sort.EMAIL in sorts(said) and address.isascii() and not set(address) & set("!#$&'*/=?^`{|}~"):
        assert address not in hide(said)
