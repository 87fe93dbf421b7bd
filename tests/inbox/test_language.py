"""Six languages, and the reader's own clock: a string that is missing, stale or broken fails here."""

from __future__ import annotations

import re

import polib
import pytest
from django.test import Client
from django.utils import translation

from careline.domain.words import Audience, DeliveryState, Ending, HandoffState, Role, State
from careline.inbox import say, times
from careline.store.queries.inbox import View
from inbox.catalogue import INBOX, LANGUAGES, extract, forms, path_of
from support.clock import MORNING_MS

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def catalogue(language):
    return polib.pofile(str(path_of(language)))


def entries(catalogue):
    return {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}


def test_the_catalogue_has_what_the_sources_have_and_nothing_else(catalogue):
    assert set(entries(catalogue)) == set(extract()), "run tests/inbox/catalogue.py and translate what is new"


def test_every_string_is_translated_and_none_is_in_doubt(catalogue, language):
    for entry in entries(catalogue).values():
        assert "fuzzy" not in entry.flags, entry.msgid
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        assert len(texts) == (forms(language) if entry.msgid_plural else 1), entry.msgid
        assert all(text.strip() for text in texts), f"untranslated: {entry.msgid!r}"


def test_edges_are_the_same_in_all_languages(catalogue):
    for entry in entries(catalogue).values():
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert text[0].isspace() == entry.msgid[0].isspace(), entry.msgid
                assert text[-1].isspace() == entry.msgid[-1].isspace(), entry.msgid


def test_placeholders_are_the_same_in_all_languages(catalogue):
    sources = extract()
    for (context, text), entry in entries(catalogue).items():
        source = sources[context, text]
        assert (entry.msgid_plural or None) == source.plural, text
        wanted = set(PLACEHOLDER.findall(source.plural or text))
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        assert set(PLACEHOLDER.findall(texts[-1])) == wanted, text
        assert all(set(PLACEHOLDER.findall(one)) <= wanted for one in texts), text


def test_the_compiled_catalogue_is_the_written_one(catalogue, language):
    compiled = {
        (entry.msgctxt, entry.msgid): entry for entry in polib.mofile(str(path_of(language).with_suffix(".mo")))
    }
    written = entries(catalogue)
    assert set(compiled) == set(written)
    for key, entry in written.items():
        assert compiled[key].msgstr == entry.msgstr, key
        assert compiled[key].msgstr_plural == entry.msgstr_plural, key


def test_our_words_win_over_those_of_the_libraries(catalogue, language):
    with translation.override(language.replace("_", "-").lower()):
        for entry in entries(catalogue).values():
            if entry.msgctxt is None and not entry.msgid_plural:
                assert translation.gettext(entry.msgid) == entry.msgstr


def test_every_word_of_the_domain_that_a_page_shows_can_be_said(language):
    with translation.override(language.replace("_", "-").lower()):
        assert all(say.audience(one) for one in Audience)
        assert all(say.view(one) for one in View)
        assert all(say.role(one) for one in Role)
        assert all(say.handoff(one, None, 0) for one in HandoffState)
        assert all(say.state(state, ending) for state in State for ending in Ending)


def test_every_state_of_a_delivery_has_its_sentence():
    source = (INBOX / "fares.py").read_text()
    assert all(f"DeliveryState.{one.name}" in source for one in DeliveryState if one is not DeliveryState.FAILED)


@pytest.mark.django_db
def test_a_person_reads_their_own_language_and_time(customers, person, sign_in, address, clock):
    post = customers.post("lena")
    clock.advance(minutes=3)
    german = sign_in(person(language="de", time_zone="Asia/Tokyo"))
    html = german.get(address(post.conversation)).content.decode()
    assert '<html lang="de" dir="ltr">' in html
    assert "Öffentlich · Beitrag" in html
    assert "18:00</time>" in html
    assert "Wartezeit: 3 Minuten" in html
    english = sign_in(person()).get(address(post.conversation)).content.decode()
    assert "Public · Post" in english
    assert "09:00</time>" in english


@pytest.mark.django_db
def test_without_a_setting_the_browser_is_asked(customers, browser, address):
    post = customers.post("lena")
    browser.cookies["careline_zone"] = "Europe/Berlin"
    html = browser.get(address(post.conversation), headers={"Accept-Language": "de-DE,de;q=0.9"}).content.decode()
    assert "10:00</time>" in html
    assert "Heute" in html
    browser.cookies["careline_zone"] = "../../etc/passwd"
    assert "09:00</time>" in browser.get(address(post.conversation)).content.decode()


@pytest.mark.django_db
def test_the_door_speaks_the_browsers_language():
    html = Client().get("/sign-in/", headers={"Accept-Language": "de"}).content.decode()
    assert "Anmelden" in html
    wrong = Client().post("/sign-in/", {"login": "a@example.org", "password": "x"}, headers={"Accept-Language": "de"})
    assert 'role="alert"' in wrong.content.decode()


@pytest.mark.parametrize(
    ("minutes", "brief", "lasting"),
    [
        (0, "now", "less than a minute"),
        (1, "1 min", "1 minute"),
        (59, "59 min", "59 minutes"),
        (60, "1 h", "1 hour"),
        (47 * 60, "47 h", "47 hours"),
        (48 * 60, "2 d", "2 days"),
        (-5, "now", "less than a minute"),
    ],
)
def test_lengths_of_time(minutes, brief, lasting):
    assert (times.brief(minutes * 60_000), times.lasting(minutes * 60_000)) == (brief, lasting)


def test_days_are_named_as_people_name_them():
    day = 24 * 3_600_000
    assert times.day(MORNING_MS, MORNING_MS) == "Today"
    assert times.day(MORNING_MS - day, MORNING_MS) == "Yesterday"
    assert times.day(MORNING_MS - 3 * day, MORNING_MS) == "Friday, October 30"
    assert times.moment(MORNING_MS - day, MORNING_MS) == "Yesterday 09:00"
