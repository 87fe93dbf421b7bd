"""Who else is at a conversation, in words, for members alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from careline.actions import context
from careline.domain.words import Role
from careline.engines.presence_memory import EXPIRY_MS, MemoryPresence
from support.rows import make_membership, make_workspace

pytestmark = pytest.mark.django_db


class Now:
    at_ms = 0


@pytest.fixture
def now(desk, monkeypatch):
    """The time of presence; the desk has an engine for it."""
    now = Now()
    engine = MemoryPresence(now_ms=lambda: now.at_ms, tell=lambda *_what: None)
    monkeypatch.setattr(context._Installed, "desk", replace(desk, presence=engine))
    return now


@pytest.fixture
def at(workspace):
    def report(client, conversation, doing="reading", tab="t", slug=workspace.slug):
        body = {"conversation": conversation.id, "tab": tab, "doing": doing}
        return client.post(f"/{slug}/presence", body)

    return report


def here(client, workspace):
    return client.get(f"/{workspace.slug}/presence").json()


def test_others_are_named_and_oneself_is_not(now, customers, browser, workspace, person, sign_in, at):
    one = customers.post("lena").conversation
    assert at(browser, one, "writing").status_code == 204
    assert here(browser, workspace) == {"here": {}, "again_ms": None}
    omar, pia = sign_in(person(name="Omar Haddad")), sign_in(person(Role.OBSERVER, name="Pia Lund"))
    at(omar, one, "writing")
    at(pia, one)
    told = here(browser, workspace)
    assert told["here"][str(one.id)]["text"] == "Omar Haddad is writing… · Pia Lund is reading"
    assert told["here"][str(one.id)]["doing"] == "writing"
    assert told["again_ms"] == EXPIRY_MS
    assert here(omar, workspace)["here"][str(one.id)]["text"] == "Nina Brandt is writing… · Pia Lund is reading"
    at(omar, one, "")
    now.at_ms += EXPIRY_MS - 1
    assert here(browser, workspace)["again_ms"] == 1
    now.at_ms += 1
    assert here(browser, workspace)["here"] == {}


def test_law_7_presence_is_for_members_and_about_conversations_of_the_workspace(
    now, customers, browser, workspace, person, sign_in, nina, at
):
    one = customers.post("lena").conversation
    omar = person(name="Omar Haddad")
    other = make_workspace("other")
    make_membership(other, omar)
    at(sign_in(omar), one, slug="other")
    assert here(sign_in(omar), other)["here"] == {}
    assert here(browser, workspace)["here"] == {}
    assert browser.get("/other/presence").status_code == 404
    assert at(browser, one, slug="other").status_code == 404


def test_a_form_that_makes_no_sense_changes_nothing(now, customers, browser, workspace):
    for body in ({}, {"conversation": "x", "tab": "t", "doing": "reading"}, {"conversation": "1" * 30, "tab": ""}):
        assert browser.post(f"/{workspace.slug}/presence", body).status_code == 204
    assert context.current().presence.who(workspace.id) == {}
