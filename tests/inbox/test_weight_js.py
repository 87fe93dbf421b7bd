"""The browser counts as the server does: the same texts through both, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import careline
from careline.domain.weighted_text import LIMIT, fits, reply_weight, weight
from support.chromium import chromium
from support.texts import odd_texts
from unit.domain.test_links import CASES

pytestmark = pytest.mark.browser
SCRIPTS = Path(careline.__file__).parent / "inbox/static/inbox/js"


@pytest.fixture(scope="module")
def page():
    """A page of ours with the module in it, from no server at all."""
    with chromium() as browser:
        page = browser.new_page()
        page.route("http://desk.example/**", _serve)
        page.goto("http://desk.example/")
        page.evaluate("async () => { window.counting = await import('/weight.js'); }")
        yield page


def _serve(route):
    name = route.request.url.rpartition("/")[2]
    if name:
        route.fulfill(body=(SCRIPTS / name).read_text(), content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html><title>counting</title>", content_type="text/html")


def test_the_cases(page):
    texts = list(CASES)
    assert page.evaluate("texts => texts.map(counting.weight)", texts) == [weight(text) for text in texts]


@settings(max_examples=60)
@given(texts=st.lists(odd_texts | st.text(max_size=200), min_size=20, max_size=60))
def test_any_text_weighs_the_same(page, texts):
    texts = [text.encode("utf-16", "replace").decode("utf-16") for text in texts]
    assert page.evaluate("texts => texts.map(counting.weight)", texts) == [weight(text) for text in texts]


@settings(max_examples=40)
@given(text=odd_texts, times=st.integers(1, 60))
def test_what_is_too_much_begins_where_the_rest_still_fits(page, text, times):
    text = text.replace("e\u0301", "é").replace("\u1112\u1161", "하") * times
    at = page.evaluate("([text, limit]) => counting.overflow(text, limit)", [text, LIMIT])
    if at < 0:
        assert fits(text)
    else:
        units = text.encode("utf-16-le")
        assert not fits(text)
        # Cut off there, a link that was part of the rest may weigh differently, but never more than what was kept.
        assert weight(units[: 2 * at].decode("utf-16-le")) <= LIMIT + 23


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@jana_example hello", ["jana_example"]),
        ("@JANA_example @omar_example hello", ["jana_example", "omar_example"]),
        ("@jana_example @stranger hello", ["jana_example"]),
        ("hello @jana_example", ["jana_example"]),
        ("@jana_examples hello", ["jana_example"]),
        ("@jana_example", ["jana_example"]),
        ("＠jana_example  hello", ["jana_example"]),
        ("  hello", []),
    ],
)
def test_names_that_the_network_puts_in_front_are_free_on_both_sides(page, text, names):
    seen = page.evaluate("([text, names]) => counting.weight(text.slice(counting.leading(text, names)))", [text, names])
    assert seen == reply_weight(text, names)
