"""Nobody may ever wonder whether this is real: the mark is on every page of a sandbox, and on none of another."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from careline.domain.words import Role

pytestmark = pytest.mark.django_db
MARK = "Sandbox: nothing here reaches X"


@pytest.fixture
def admin_browser(desk: Any, person: Any, sign_in: Any) -> Client:
    return sign_in(person(Role.ADMIN))


def pages(slug: str, conversation: Any) -> list[str]:
    names = ("open", "mine", "resolved", "spam", "find")
    return [
        *(f"/{slug}/{name}/" for name in names),
        f"/{slug}/open/{conversation.id}/",
        f"/{slug}/open/1/",
        f"/{slug}/nowhere/at/all/",
        f"/{slug}/settings/",
    ]


def test_every_page_of_a_sandbox_says_so_and_leads_to_what_it_is(
    admin_browser: Client, workspace: Any, customers: Any
) -> None:
    workspace.sandbox = True
    workspace.save()
    customers.post("kim", "Where is it?")
    conversation = customers.conversation("kim")
    about = f"/{workspace.slug}/sandbox/"
    for path in pages(workspace.slug, conversation):
        shown = admin_browser.get(path).content.decode()
        assert MARK in shown, path
        assert f'href="{about}"' in shown, path
    told = admin_browser.get(about).content.decode()
    assert "careline leave-sandbox" in told
    assert "All customers are invented" in told


def test_a_workspace_for_real_work_has_neither(admin_browser: Client, workspace: Any, customers: Any) -> None:
    customers.post("kim", "Where is it?")
    conversation = customers.conversation("kim")
    workspace.sandbox = False
    workspace.save()
    for path in pages(workspace.slug, conversation):
        assert MARK not in admin_browser.get(path).content.decode(), path
    assert admin_browser.get(f"/{workspace.slug}/sandbox/").status_code == 404


def test_law_7_a_stranger_is_not_told_that_there_is_one(desk: Any, workspace: Any, sign_in: Any) -> None:
    from support.rows import make_user

    workspace.sandbox = True
    workspace.save()
    stranger = sign_in(make_user())
    for path in (f"/{workspace.slug}/sandbox/", f"/{workspace.slug}/open/"):
        answer = stranger.get(path)
        assert answer.status_code == 404
        assert MARK not in answer.content.decode()
