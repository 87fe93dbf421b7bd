"""What browsers ask between pages: what changed, a ticket to listen, pictures."""

from __future__ import annotations

import dataclasses

import pytest

from careline.actions import context
from careline.engines.blobs_disk import DiskBlobs
from careline.store.models import Attachment
from careline.store.queries import inbox
from support.rows import make_membership, make_user, make_workspace

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


def test_changes_come_rising_with_ids_as_text(customers, browser, workspace):
    before = inbox.latest_change(workspace.id)
    post = customers.post("lena")
    answer = browser.get(f"/{workspace.slug}/changes?after={before}", headers={"Accept": "application/json"})
    assert answer["Cache-Control"] == "no-store"
    changes = answer.json()["changes"]
    assert {"seq", "what", "conversation_id", "message_id"} == set(changes[0])
    assert str(post.conversation_id) in {one["conversation_id"] for one in changes}
    last = changes[-1]["seq"]
    assert browser.get(f"/{workspace.slug}/changes?after={last}").json() == {"changes": []}


def test_the_page_says_a_number_that_leaves_nothing_out(customers, browser, workspace):
    customers.post("lena")
    html = browser.get(f"/{workspace.slug}/open/").content.decode()
    assert f'data-seq="{inbox.latest_change(workspace.id)}"' in html


def test_a_ticket_is_made_for_the_workspace_and_the_person(browser, workspace, nina, desk, monkeypatch):
    assert browser.get(f"/{workspace.slug}/live-ticket").status_code == 503
    with_tickets = dataclasses.replace(desk, live_ticket=lambda where, who: f"{where}.{who}")
    monkeypatch.setattr(context._Installed, "desk", with_tickets)
    assert browser.get(f"/{workspace.slug}/live-ticket").json() == {"ticket": f"{workspace.id}.{nina.id}"}
    assert browser.get("/elsewhere/live-ticket").status_code == 404


@pytest.fixture
def picture(customers, workspace, desk, tmp_path, monkeypatch):
    blobs = DiskBlobs(tmp_path)
    monkeypatch.setattr(context._Installed, "desk", dataclasses.replace(desk, blobs=blobs))
    message = customers.dm("lena", "Here is the label", picture=True)

    def keep(data):
        attachment = Attachment.objects.get(message=message)
        attachment.state, attachment.blob = "kept", blobs.put(workspace.id, data)
        attachment.save()
        return f"/{workspace.slug}/picture/{attachment.id}/{attachment.blob.rpartition('/')[2]}"

    return message, keep


def test_a_picture_is_served_from_here_with_its_description_and_kept_for_good(picture, browser, address):
    message, keep = picture
    waiting = browser.get(address(message.conversation)).content.decode()
    assert "Picture: being fetched" in waiting
    assert "http://127.0.0.1/p.png" not in waiting
    path = keep(PNG)
    html = browser.get(address(message.conversation)).content.decode()
    assert f'src="{path}" alt="A label"' in html
    answer = browser.get(path)
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"]
)
def test_nothing_but_a_picture_is_served(picture, browser, data):
    _message, keep = picture
    assert browser.get(keep(data)).status_code == 404


def test_law_7_a_picture_of_another_workspace_is_not_there(picture, browser, sign_in, workspace):
    _message, keep = picture
    path = keep(PNG)
    make_membership(make_workspace("elsewhere"), stranger := make_user())
    client = sign_in(stranger)
    assert client.get(path).status_code == 404
    assert client.get(path.replace(f"/{workspace.slug}/", "/elsewhere/")).status_code == 404


def test_a_picture_that_could_not_be_had_says_so(picture, browser, address):
    message, _keep = picture
    Attachment.objects.update(state="failed", reason="too large")
    assert "Picture: could not be fetched" in browser.get(address(message.conversation)).content.decode()
