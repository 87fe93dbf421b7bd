"""The page of a workspace's settings: for admins, in words, without scripts."""

from __future__ import annotations

import pytest

from careline.domain.settings import read_settings
from careline.domain.words import Kind, Role
from support.rows import make_workspace

pytestmark = pytest.mark.django_db

WANTED = {
    "name": "Acme Parcel", "signature": "posts", "undo_send_s": "7", "reopen_hours": "24", "handoff_hours": "48",
    "stop_words": "no more\r\nruhe\r\n",
}  # fmt: skip


@pytest.fixture
def path(desk, workspace):
    return f"/{workspace.slug}/settings/"


def test_an_admin_changes_everything_and_reads_it_back(path, workspace, person, sign_in):
    client = sign_in(person(Role.ADMIN, name="Ada Admin", initials="AA"))
    assert "^AA" in client.get(path).content.decode()
    said = client.post(path, WANTED, follow=True).content.decode()
    assert "Saved." in said
    assert 'value="48"' in said
    assert "no more\nruhe" in said
    workspace.refresh_from_db()
    settings = read_settings(workspace.settings)
    assert (settings.signed, settings.undo_send_ms, settings.reopen_ms) == ({Kind.POST}, 7000, 24 * 3_600_000)
    assert "Nothing was different" in client.post(path, WANTED, follow=True).content.decode()


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(path, workspace, person, sign_in):
    client = sign_in(person(Role.ADMIN))
    answer = client.post(path, WANTED | {"reopen_hours": "soon"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="reopen_hours-error"' in html
    assert 'value="soon"' in html
    assert 'value="Acme Parcel"' in html
    workspace.refresh_from_db()
    assert workspace.settings == {"undo_send_s": 0}


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.AGENT, Role.LEAD])
def test_others_are_told_that_it_is_not_for_their_role(path, workspace, person, sign_in, role):
    client = sign_in(person(role))
    for answer in (client.get(path), client.post(path, WANTED)):
        assert answer.status_code == 403
    assert path not in client.get(f"/{workspace.slug}/open/").content.decode()
    workspace.refresh_from_db()
    assert workspace.settings == {"undo_send_s": 0}


def test_the_people_are_listed_with_their_roles_and_nobody_elses(path, person, sign_in):
    client = sign_in(person(Role.ADMIN, name="Ada Admin"))
    person(Role.OBSERVER, name="Otto Observer")
    html = client.get(path).content.decode()
    assert "Otto Observer" in html
    make_workspace("elsewhere")
    assert client.get("/elsewhere/settings/").status_code == 404


def test_the_menu_leads_here(path, workspace, person, sign_in):
    html = sign_in(person(Role.ADMIN)).get(f"/{workspace.slug}/open/").content.decode()
    assert path in html
    assert "/preferences/" in html
    assert "/security/" in html


def test_the_door_tells_of_a_sandbox_without_names(client, path, workspace):
    assert "has a sandbox" in client.get("/sign-in/").content.decode()
    workspace.sandbox = False
    workspace.save()
    assert "has a sandbox" not in client.get("/sign-in/").content.decode()
